#!/usr/bin/env bash
# Runs an ArcadeDB server, which speaks Bolt, until it is ended; its package brings its own Java.
# usage: dev/arcadedb.sh FOLDER BOLT_PORT HTTP_PORT [JAVA_OPTION...]
# With the variable ARCADEDB_PREPARE set, only what is missing is installed.
set -euo pipefail
cd "$(dirname "$0")/.."

version=26.10.2.post1
environment=$PWD/.venv-arcadedb
if [[ ! -e $environment/installed-$version ]]; then
    # Tests run side by side; one of them installs.
    exec 9>"$PWD/.venv-arcadedb.lock"
    flock 9
    if [[ ! -e $environment/installed-$version ]]; then
        echo "Installing ArcadeDB $version into .venv-arcadedb" >&2
        rm -rf "$environment"
        python3 -m venv "$environment"
        "$environment/bin/pip" install --quiet --disable-pip-version-check "arcadedb-embedded==$version"
        touch "$environment/installed-$version"
    fi
    exec 9>&-
fi
[[ -z ${ARCADEDB_PREPARE:-} ]] || exit 0

folder=$1 bolt=$2 http=$3
shift 3
package=$(echo "$environment"/lib/python3*/site-packages/arcadedb_embedded)
mkdir -p "$folder/databases"
cd "$folder"
exec "$package/jre/bin/java" -Xmx512m -cp "$package/jars/*" \
    -Darcadedb.server.rootPassword=playwithdata \
    -Darcadedb.server.rootPath="$folder" -Darcadedb.server.databaseDirectory="$folder/databases" \
    "-Darcadedb.server.defaultDatabases=neo4j[root]" \
    -Darcadedb.server.plugins=Bolt:com.arcadedb.bolt.BoltProtocolPlugin \
    -Darcadedb.bolt.host=127.0.0.1 -Darcadedb.bolt.port="$bolt" \
    -Darcadedb.server.httpIncomingHost=127.0.0.1 -Darcadedb.server.httpIncomingPort="$http" \
    "$@" com.arcadedb.server.ArcadeDBServer
