#!/bin/sh
# Run once by the postgres image on an empty data folder: the two roles, and the database.
# greenmfg_owner makes and changes tables; greenmfg_app, as which the portal runs, receives its rights from the
# migrations and may change none.
set -eu

psql --username postgres --no-psqlrc --set ON_ERROR_STOP=1 \
  --set owner_password="$(cat /run/secrets/owner_password)" \
  --set app_password="$(cat /run/secrets/app_password)" <<'SQL'
CREATE ROLE greenmfg_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE greenmfg_app LOGIN PASSWORD :'app_password';
CREATE DATABASE greenmfg OWNER greenmfg_owner;
REVOKE ALL ON DATABASE greenmfg FROM PUBLIC;
GRANT CONNECT ON DATABASE greenmfg TO greenmfg_app;
SQL
