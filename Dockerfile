# The worker. Two images come of it:
#
#   docker build -t cnpg-rotator .                          rotates Secrets in the cluster
#   docker build -t cnpg-rotator:gitops --target gitops .   and those whose truth lies in a Git repository
#
# Debian, not Alpine: the native core of the Temporal SDK is linked against glibc.
ARG NODE_IMAGE=node:20-bookworm-slim
ARG GO_IMAGE=golang:1.26-bookworm

FROM ${NODE_IMAGE} AS build
WORKDIR /app
# The packages alone first, so that a change of the sources does not install them anew. No install script runs:
# not our own `prepare`, which would build sources that are not here yet, and none of a dependency, as none that
# the build or the worker uses needs one.
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run build
# The SDK brings its native core for five platforms, 25 to 30 MB each; the image is only ever Linux.
RUN npm prune --omit=dev --ignore-scripts \
  && find node_modules/@temporalio/core-bridge/releases -mindepth 1 -maxdepth 1 ! -name '*-linux-gnu' -exec rm -r {} +

FROM ${NODE_IMAGE} AS runtime
# TLS to a Temporal server with a public certificate; the slim image has no authorities.
RUN apt-get update \
  && apt-get install --yes --no-install-recommends ca-certificates \
  && rm -rf /var/lib/apt/lists/*
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY components.yaml ./
# `node` by its number, so that Kubernetes' runAsNonRoot can see that it is not root.
USER 1000:1000
# Without npm or a shell in front, node is process 1: SIGTERM reaches the worker, which then finishes what it is at.
STOPSIGNAL SIGTERM
CMD ["node", "dist/worker.js"]

# SOPS is no Debian package, so it is compiled.
FROM ${GO_IMAGE} AS sops
ARG SOPS_VERSION=v3.13.3
RUN CGO_ENABLED=0 GOBIN=/out go install github.com/getsops/sops/v3/cmd/sops@${SOPS_VERSION}

# What a repository's own `task configure` calls differs from one to the next (Task, makejinja, …): build that
# image FROM this one.
FROM runtime AS gitops
USER root
RUN apt-get update \
  && apt-get install --yes --no-install-recommends git openssh-client \
  && rm -rf /var/lib/apt/lists/*
COPY --from=sops /out/sops /usr/local/bin/sops
USER 1000:1000

# Last, so that it is what a build without a target makes.
FROM runtime AS worker
