# Sourced first by the scripts in bench/ and soak/: changes to the project's root, and stops at errors.
set -euo pipefail
script=$(realpath "$0")
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Prints the comment at the head of the script and exits if --help is among the arguments.
help_if_asked() {
  local argument
  for argument in "$@"; do
    if [ "$argument" = --help ] || [ "$argument" = -h ]; then
      sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$script"
      exit 0
    fi
  done
}

# Runs a class of the tests: run_class CLASS [ARGUMENT...]
# Compiles first if a source is newer than the last build. LOAD_JVM_ARGS sets JVM options.
run_class() {
  local classpath=target/bench.classpath
  if [ ! -f "$classpath" ] || [ -n "$(find pom.xml src/*/java src/main/proto -newer "$classpath" -print -quit)" ]; then
    mvn -q -B test-compile dependency:build-classpath \
      -Dmdep.includeScope=test -Dmdep.outputFile="$classpath.new" >&2 || return
    mv "$classpath.new" "$classpath"
    touch "$classpath"
  fi
  # In the background, so that a signal to the script alone reaches the class, which ends its members.
  # shellcheck disable=SC2086
  java -Xmx768m -XX:+UseSerialGC -Dslf4j.internal.verbosity=ERROR \
    ${LOAD_JVM_ARGS:-} -cp "target/test-classes:target/classes:$(cat "$classpath")" "$@" &
  local child=$! status=0
  trap 'kill -TERM "$child" 2>/dev/null || true' INT TERM
  wait "$child" || status=$?
  while kill -0 "$child" 2>/dev/null; do
    wait "$child" || status=$?
  done
  trap - INT TERM
  return "$status"
}

# Runs a class with --data DIRECTORY, new and below BENCH_DATA (default target/): run_with_data CLASS [ARGUMENT...]
# The directory is removed at the end; with KEEP_DATA=on-failure only if all went well.
run_with_data() {
  local class=$1 status=0 data
  shift
  mkdir -p "${BENCH_DATA:-target}"
  data=$(mktemp -d "${BENCH_DATA:-target}/${script##*/}.XXXXXX")
  run_class "$class" --data "$data" "$@" || status=$?
  if [ "$status" -ne 0 ] && [ "${KEEP_DATA:-}" = on-failure ]; then
    echo "the members' output and data are in $data" >&2
  else
    rm -rf "$data"
  fi
  return "$status"
}
