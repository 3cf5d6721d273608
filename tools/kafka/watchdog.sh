# The one mechanism that ends a broker: outlives its starter, and when the starter's pipe closes, for whatever reason,
# kills every process that left its pid in the folder and removes the folder.  sh watchdog.sh FOLDER [LAST_COMMAND]
trap '' INT TERM HUP
while read -r _; do :; done
tries=0
while [ -e "$1" ] && [ "$tries" -lt 100 ]; do
  for file in "$1"/*.pid; do
    if [ -s "$file" ]; then kill -9 "$(cat "$file")" 2>/dev/null; fi
  done
  rm -rf "$1" 2>/dev/null
  # A process needs a moment to die and may create one more file meanwhile.
  if [ -e "$1" ]; then sleep 0.1; fi
  tries=$((tries + 1))
done
if [ -n "$2" ]; then sh -c "$2" >/dev/null 2>&1; fi
