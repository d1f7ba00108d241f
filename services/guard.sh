#!/bin/sh
# Ends what a starter leaves behind when it dies without stopping its servers, be it by `kill -9`.
# Its input is a pipe that only the starter holds: each line lists the pids that would have to go now.
# $1 is the folder of their data, which goes with them.
pids=''
while read -r line; do pids=$line; done

for pid in $pids; do
  # The processes of PostgreSQL leave their parent's group; those that were stopped would not see that it ended.
  children=$(cat "/proc/$pid/task/$pid/children" 2>/dev/null)
  # Written so that every shell understands it; dash takes no `--` after `-KILL`.
  for target in "-$pid" $children; do kill -s KILL -- "$target" 2>/dev/null; done
done
rm -rf -- "$1"
