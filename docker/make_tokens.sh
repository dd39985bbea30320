#!/bin/sh
# Asks a running InfluxDB for two tokens with no more rights than are needed, and puts them into
# docker/secrets: the service's, which writes and reads buckets and tasks, and Grafana's, which reads
# buckets. A token that is there already is kept. Needs curl.
# Usage: docker/make_tokens.sh [FOLDER [URL]]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=${1:-$here/secrets}
url=${2:-https://localhost:8086}
die() { echo "make_tokens: $*" >&2; exit 1; }
command -v curl >/dev/null || die "please install curl"
umask 077
cd "$out"

# The token goes by standard input: arguments can be seen by everybody on the machine.
ask() {
  printf 'header = "Authorization: Token %s"\n' "$(cat influxdb_admin_token)" \
    | curl --silent --show-error --fail-with-body --cacert ca.pem --config - "$@"
}
answer=$(ask "$url/api/v2/orgs?org=camp") || die "$url: $answer"
org=$(echo "$answer" | sed -n 's|.*"id": *"\([0-9a-f]\{16\}\)".*|\1|p' | tail -n 1)

[ -n "$org" ] || die "$url: no organisation camp: $answer"

right() { printf '{"action":"%s","resource":{"type":"%s","orgID":"%s"}}' "$1" "$2" "$org"; }
make() {
  name=$1 owner=$2 what=$3 rights=$4
  [ -s "$name" ] && return
  answer=$(ask --header 'Content-Type: application/json' --data \
    "{\"orgID\":\"$org\",\"description\":\"$what\",\"permissions\":[$rights]}" \
    "$url/api/v2/authorizations") || die "$url: $answer"
  token=$(echo "$answer" | sed -n 's/.*"token": *"\([^"]*\)".*/\1/p')
  [ -n "$token" ] || die "$url: no token in the answer"
  # In place: a container that runs has this very file.
  chmod 600 "$name"
  printf %s "$token" >"$name"
  if [ "$(id -u)" = 0 ]; then chown "$owner" "$name" && chmod 400 "$name"; else chmod 444 "$name"; fi
}
make influxdb_token 10001 "Smart Camp" "$(right read buckets),$(right write buckets),$(right read tasks),$(right write tasks)"
make grafana_influxdb_token 472 "Grafana" "$(right read buckets)"
echo "tokens of InfluxDB: $out"
