# shellcheck shell=sh disable=SC2015,SC2034,SC2154 # fail() ends; variables come from, and are for, who sources it
# Sourced by bin/kvorum and bin/kvorumctl, which have found $home and define fail(): finds the JVM, and what
# depends on its version. Sets $java, $major, $quiet, $caches, and $archive: the option, or nothing.

if [ -n "$JAVA_HOME" ]; then java=$JAVA_HOME/bin/java; else java=$(command -v java); fi
[ -n "$java" ] && [ -x "$java" ] || fail "no Java found${java:+ at $java}; install JDK 17 or later, or set JAVA_HOME"

# The JVM's version, from the file that every JDK has beside bin/: asking the JVM itself takes longer.
version=
real=$(readlink -f "$java")
if [ -r "${real%/bin/java}/release" ]; then
  while IFS='="' read -r key skipped value; do
    [ "$key" = JAVA_VERSION ] && version=$value
  done <"${real%/bin/java}/release"
  version=${version%\"}
fi
major=${version%%.*}
[ "${major:-17}" -ge 17 ] || fail "Java $version at $java is too old; install JDK 17 or later, or set JAVA_HOME"

# What later JVMs warn about unless it is allowed: access to native code and to memory, which Netty needs.
quiet=
[ "${major:-17}" -ge 22 ] && quiet="--enable-native-access=ALL-UNNAMED"
[ "${major:-17}" -ge 23 ] && quiet="$quiet --sun-misc-unsafe-memory-access=allow"

# Files that make a start faster, which the first member makes: in the installation if it can be written or
# was prepared, else where the service manager or the user keeps caches.
caches=$home/cache
if [ ! -w "$home" ] && [ ! -w "$caches" ] && [ -z "$(ls "$caches" 2>/dev/null)" ]; then
  caches=${CACHE_DIRECTORY:-${XDG_CACHE_HOME:-${HOME:+$HOME/.cache}}}
  caches=${caches:+$caches/kvorum}
fi
made=$caches/classes-$version kind=jsa option=-XX:SharedArchiveFile
[ "${major:-17}" -ge 25 ] && kind=aot option=-XX:AOTCache
# The JVM verifies what the archive was made for, but not that all of it is there: it would crash later.
archive=
if [ -r "$made.$kind" ] && [ -r "$made.fits" ] && read -r size <"$made.fits" &&
  [ "$(wc -c <"$made.$kind")" -eq "$size" ] 2>/dev/null; then
  archive=$option=$made.$kind
fi

# Memory that grows outside of the heap: glibc's arenas.
export MALLOC_ARENA_MAX="${MALLOC_ARENA_MAX:-2}"
