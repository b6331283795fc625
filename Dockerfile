# syntax=docker/dockerfile:1

# Everything is compiled and pruned here; nothing of this stage but the folders copied below reaches the image.
FROM node:26-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# No part needs an install script. Ours compiles, and comes after the sources: so this layer is kept until the parts change.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json bundle.mjs wasm.mjs ./
COPY src ./src
# What only people who write programs need (source maps, types, documentation, symbols of Node) makes 55 MB.
RUN npm run prepare && npm prune --omit=dev --ignore-scripts --no-audit --no-fund \
 && find node_modules dist -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.md' \) -delete \
 && apt-get update && apt-get install --yes --no-install-recommends binutils && strip /usr/local/bin/node

# Of the image that Node comes in, a run needs the one binary, and no package manager.
FROM debian:bookworm-slim
LABEL org.opencontainers.image.title="dayfold" \
      org.opencontainers.image.description="Folds daily exports into clean Parquet, rolling aggregates and reports" \
      org.opencontainers.image.licenses="MIT"
# tini passes signals on and reaps children, so that a stop of the container ends a run at once; Node needs libatomic.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends tini libatomic1 \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/* \
 && groupadd --gid 1000 node && useradd --uid 1000 --gid node --no-create-home node
COPY --from=build /usr/local/bin/node /usr/local/bin/node
ENV NODE_ENV=production
WORKDIR /app
COPY package.json LICENSE ./
COPY config ./config
COPY jobs ./jobs
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist

# The program belongs to root and is only read. What it works on is mounted below /data, where relative paths begin:
#   /data/dayfold.yaml   your configuration, read-only       (--config dayfold.yaml)
#   /data/exports        the exports, read-only              (exports.store, ./exports unless set)
#   /data/output         the releases, writable by user 1000 (output.store, ./output unless set)
# Scratch files of a run stand in the output folder, or in /tmp for object storage, unless engine.scratch names another
# writable one, and are gone when it ends: about as much room as the newest export takes, decompressed. Nothing else is
# written, so the image runs with a read-only root file system; give it --tmpfs /tmp for what Node itself may put there.
RUN mkdir -p /data/output && chown node:node /data/output
USER node
WORKDIR /data
# The worker listens where the host can reach it; whoever can reach it can read the reports.
ENV DAYFOLD_HTTP__HOST=0.0.0.0
EXPOSE 9464
# A one-shot run (nightly) listens nowhere: give it --no-healthcheck.
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:9464/healthz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["tini", "--", "node", "/app/dist/main.js"]
CMD ["schedule"]
