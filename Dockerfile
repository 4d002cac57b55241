# The worker. Two images come of it:
#
#   docker build -t cnpg-rotator .                          rotates Secrets in the cluster
#   docker build -t cnpg-rotator:gitops --target gitops .   and those whose truth lies in a Git repository
#
# Debian, not Alpine: the native core of the Temporal SDK is linked against glibc. docs/installing.md says how these
# two base images were pinned, and what was run of this file.
ARG NODE_IMAGE=node:24.21.0-trixie-slim@sha256:8ec5d7557396cfe32d21c3f9c13072355ceab22b584578ca4bb28af31120cffe
ARG DEBIAN_IMAGE=debian:trixie-20261005-slim@sha256:a29215f6a35e51e22adffa17f89e9d2ef06214e64a2bad10d765c46aea49f11f
ARG GO_IMAGE=golang:1.26-trixie

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
# The SDK brings its native core for five platforms, 25 to 30 MB each; the image is only ever Linux. OpenTelemetry
# brings itself three times, and Node.js loads the one in build/src.
RUN npm prune --omit=dev --ignore-scripts \
  && npm sbom --package-lock-only --omit=dev --sbom-format=cyclonedx > sbom.cdx.json \
  && find node_modules/@temporalio/core-bridge/releases -mindepth 1 -maxdepth 1 ! -name '*-linux-gnu' -exec rm -r {} + \
  && rm -r node_modules/@opentelemetry/*/build/esm node_modules/@opentelemetry/*/build/esnext

# Node.js alone: the image of Node.js has npm, which the worker does not need.
FROM ${DEBIAN_IMAGE} AS runtime
# ca-certificates: TLS to a Temporal server with a public certificate.
RUN apt-get update \
  && apt-get install --yes --no-install-recommends ca-certificates libstdc++6 \
  && rm -rf /var/lib/apt/lists/* \
  && groupadd --gid 1000 cnpg-rotator \
  && useradd --uid 1000 --gid 1000 --home-dir /app --no-create-home --shell /usr/sbin/nologin cnpg-rotator
COPY --from=build /usr/local/bin/node /usr/local/bin/node
COPY deploy/image/cnpg-rotate /usr/local/bin/cnpg-rotate
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/package.json /app/sbom.cdx.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY components.yaml ./
# By number, so that Kubernetes' runAsNonRoot can see that the user is not root.
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
