# In place of `temporalio/ui`: the same program, configuration and script on Debian.
ARG BASE
FROM ${BASE}
RUN apt-get update \
  && apt-get install --yes --no-install-recommends wget \
  && rm -rf /var/lib/apt/lists/* \
  && useradd --uid 1000 temporal
WORKDIR /home/ui-server
COPY ui-server start-ui-server.sh ./
COPY docker.yaml ./config/docker.yaml
USER temporal
# A Go module keeps no file's right to be run.
ENTRYPOINT ["bash", "./start-ui-server.sh"]
