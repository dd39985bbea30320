#!/bin/sh
# Installs what is missing on Debian or Ubuntu; elsewhere says what to install.
# Usage: docker/setup.sh cmake clang mosquitto
set -eu

has() {
  case $1 in
    cmake | zstd | openssl | curl) command -v "$1" ;;
    clang) ls /usr/lib/llvm-*/lib/libclang*.so* /usr/lib/*/libclang*.so* /usr/lib64/libclang*.so* \
      /usr/lib/libclang*.so* "${LIBCLANG_PATH:-/nowhere}"/libclang* /opt/homebrew/opt/llvm/lib/libclang* 2>/dev/null ;;
    mosquitto) PATH=$PATH:/usr/sbin:/usr/local/sbin command -v mosquitto ;;
  esac | grep -q .
}

# Debian's name; that of libclang carries a version, which differs from release to release.
package() {
  case $1 in
    clang)
      newest=$(apt-cache search --names-only '^libclang1-[0-9]+$' 2>/dev/null | cut -d' ' -f1 | sort -V | tail -n 1)
      echo "${newest:-libclang-dev}"
      ;;
    *) echo "$1" ;;
  esac
}

missing=
for tool in "$@"; do
  has "$tool" || missing="$missing $tool"
done
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null; then
  echo "Please install:$missing (clang: its library, libclang), then try again." >&2
  exit 1
fi
run=
if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null || { echo "Please install, as root:$missing" >&2; exit 1; }
  run=sudo
fi
$run apt-get update -qq
packages=
for tool in $missing; do packages="$packages $(package "$tool")"; done
echo "installing:$packages" >&2
# shellcheck disable=SC2086
$run env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages >/dev/null
