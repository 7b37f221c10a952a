# The portal for a server. Demo and tests do not use it (see Makefile).

FROM node:22-bookworm-slim AS assets
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY static/src static/src
RUN npm run build

FROM python:3.11-slim-bookworm
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
RUN apt-get update \
 && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY deploy/production.lock deploy/production.lock
RUN pip install --no-cache-dir uv \
 && uv pip install --system --no-cache --require-hashes --compile-bytecode -r deploy/production.lock
COPY --from=assets /build/node_modules/@expo-google-fonts/noto-serif-sc node_modules/@expo-google-fonts/noto-serif-sc
COPY --from=assets /build/static/dist static/dist
COPY manage.py ./
COPY greenmfg greenmfg
COPY registry registry
COPY evaluation evaluation
COPY review review
COPY templates templates
# A key for this one command; it is in no layer's environment. compileall: the running user may not write.
RUN SECRET_KEY=only-to-collect python manage.py collectstatic --noinput --verbosity 0 \
 && python -m compileall -q greenmfg registry evaluation review \
 && useradd --uid 10001 --no-create-home portal \
 && install -d -o portal -g portal /srv/files
USER portal
EXPOSE 8000
CMD ["gunicorn", "greenmfg.wsgi", "--bind", "0.0.0.0:8000", "--workers", "5", "--preload", "--timeout", "60", \
     "--max-requests", "5000", "--max-requests-jitter", "500", "--worker-tmp-dir", "/dev/shm", "--access-logfile", "-"]
