# In place of `temporalio/server` and `temporalio/admin-tools`: the same programs on Debian.
ARG BASE
FROM ${BASE}
RUN apt-get update \
  && apt-get install --yes --no-install-recommends netcat-openbsd \
  && rm -rf /var/lib/apt/lists/* \
  && useradd --uid 1000 temporal
COPY temporal-server temporal-sql-tool temporal temporal-entrypoint.sh /usr/local/bin/
COPY docker.yaml /etc/temporal/config/docker.yaml
COPY schema /etc/temporal/schema/postgresql
WORKDIR /etc/temporal
USER temporal
ENTRYPOINT ["/usr/local/bin/temporal-entrypoint.sh"]
