#!/bin/sh
# Makes what compose.yaml needs and nobody may know: an authority of the house's own, certificates,
# passwords and tokens of 256 random bits, in docker/secrets, which git does not take. What is there
# already is kept: to renew a file, remove it and run this again. Needs openssl, and mosquitto_passwd or
# docker.
# Usage: docker/make_secrets.sh [FOLDER]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=${1:-$here/secrets}
site_file=${SMARTCAMP_SITE_FILE:-../camps/medium.toml}
# Here as in compose.yaml a relative path counts from this folder.
case $site_file in /*) ;; *) site_file=$here/$site_file ;; esac
users="smartcamp display power-house genset-g1 water-plc simulated-camp health"

die() { echo "make_secrets: $*" >&2; exit 1; }
command -v openssl >/dev/null || die "please install openssl"
[ -r "$site_file" ] || die "$site_file: cannot be read (SMARTCAMP_SITE_FILE)"
camp=$(sed -n 's/^name *= *"\([a-z0-9_-]*\)".*/\1/p' "$site_file" | head -n 1)
[ -n "$camp" ] || die "$site_file: has no name"

# The folder keeps strangers out of all of it. Where this runs as root each file belongs to the
# one container that reads it; else, since secrets are mounted with the rights they have here, it is
# readable in itself, and the closed folder is what guards it.
umask 077
mkdir -p "$out"
chmod 700 "$out"
cd "$out"
belongs_to() {
  if [ "$(id -u)" = 0 ]; then chown "$1" "$2" && chmod 400 "$2"; else chmod 444 "$2"; fi
}
# Values of the images: Mosquitto 1883, InfluxDB 1000, Grafana 472, the service 10001.
random() {
  [ -e "$2" ] || { openssl rand -hex 32 | tr -d '\n' >"$2"; belongs_to "$1" "$2"; }
}

if [ ! -e ca.pem ]; then
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 \
    -subj "/CN=Smart Camp authority" -addext "basicConstraints=critical,CA:TRUE" \
    -addext "keyUsage=critical,keyCertSign,cRLSign" -keyout ca.key -out ca.pem 2>openssl.log \
    || die "$(cat openssl.log)"
  chmod 444 ca.pem
fi
certificate() {
  [ -e "$2.pem" ] && return
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$2" \
    -keyout "$2.key" -out "$2.csr" 2>openssl.log || die "$(cat openssl.log)"
  printf '%s\n' "subjectAltName=DNS:$2,DNS:localhost,IP:127.0.0.1${SMARTCAMP_MQTT_ADDRESS:+,IP:$SMARTCAMP_MQTT_ADDRESS}" \
    "basicConstraints=critical,CA:FALSE" "keyUsage=critical,digitalSignature" \
    "extendedKeyUsage=serverAuth" >extensions
  openssl x509 -req -in "$2.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days 1825 \
    -extfile extensions -out "$2.pem" 2>openssl.log || die "$(cat openssl.log)"
  rm "$2.csr" extensions
  chmod 444 "$2.pem"
  belongs_to "$1" "$2.key"
}
certificate 1883 mosquitto
certificate 1000 influxdb
certificate 472 grafana
certificate 10001 smart-camp

# One password for each device; the broker is given their hashes.
for user in $users; do
  case $user in smartcamp | simulated-camp) owner=10001 ;; *) owner=0 ;; esac
  random "$owner" "mqtt_password_$user"
done
rm -f mqtt_passwords
for user in $users; do echo "$user:$(cat "mqtt_password_$user")"; done >mqtt_passwords
PATH=$PATH:/usr/sbin:/usr/local/sbin
if command -v mosquitto_passwd >/dev/null; then
  mosquitto_passwd -U mqtt_passwords
elif command -v docker >/dev/null; then
  image=$(sed -n 's/^ *image: *\(eclipse-mosquitto:.*\)/\1/p' "$here/compose.yaml")
  docker run --rm --network none --user "$(id -u):$(id -g)" --volume "$out:/secrets" "$image" \
    mosquitto_passwd -U /secrets/mqtt_passwords
else
  rm mqtt_passwords
  die "please install mosquitto_passwd (Debian: mosquitto) or docker"
fi
belongs_to 1883 mqtt_passwords
rm -f mqtt_acl mosquitto_sub
sed "s/CAMP/$camp/" "$here/acl" >mqtt_acl
belongs_to 1883 mqtt_acl
printf '%s\n' "-u health" "-P $(cat mqtt_password_health)" "--cafile /run/secrets/ca" >mosquitto_sub
belongs_to 1883 mosquitto_sub

random 1000 influxdb_password
random 1000 influxdb_admin_token
random 472 grafana_password
# make_tokens.sh fills these two, once InfluxDB runs; compose wants every file to be there.
for name in influxdb_token grafana_influxdb_token; do [ -e $name ] || : >$name; done

# For people: the token of the service's interface. The service is given its hash.
random 0 rest_token
rm -f smart-camp.toml
{
  cat "$here/smart-camp.toml"
  printf '\n[[token]]\nname = "operator"\nrole = "operate"\nsha256 = "%s"\n' \
    "$(openssl dgst -sha256 -r <rest_token | cut -d' ' -f1)"
} >smart-camp.toml
belongs_to 10001 smart-camp.toml
rm -f openssl.log ca.srl
echo "secrets for the camp $camp: $out"
