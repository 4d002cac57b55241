#!/bin/sh
# Brings both databases of the Temporal server to the schema of this image's version. Every command leaves alone
# what is there already, so it runs at each `docker compose up`.
#
# Connection: SQL_PLUGIN, SQL_HOST, SQL_PORT, SQL_USER and SQL_PASSWORD, which temporal-sql-tool reads itself.
set -eu

schemas=${TEMPORAL_SCHEMAS:-/etc/temporal/schema/postgresql/v12}

migrate() {
  database=$1
  versions=$2

  temporal-sql-tool --db "$database" create
  # 0.0 is "no tables yet"; a database with a later version keeps it.
  temporal-sql-tool --db "$database" setup-schema -v 0.0
  temporal-sql-tool --db "$database" update-schema -d "$versions"
}

migrate temporal "$schemas/temporal/versioned"
migrate temporal_visibility "$schemas/visibility/versioned"
