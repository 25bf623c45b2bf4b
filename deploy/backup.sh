#!/bin/sh
# Back everything up into a new file of a folder, and keep the newest 14 there. Usage: backup.sh FOLDER
#
# With METRICS_FOLDER, the textfile folder of a node_exporter, the moment of the last good backup is left there for the
# alert HongyanBackupTooOld.
set -eu
umask 077
export LC_ALL=C.UTF-8

folder=${1:?which folder do the backups go to?}
newest=14

# what a backup that was killed has left
rm -f "$folder"/.hongyan-*.part
hongyan backup "$folder/hongyan-$(date -u +%Y%m%dT%H%M%SZ).zip"

# their names sort by time, the oldest first
set -- "$folder"/hongyan-*.zip
while [ $# -gt $newest ]; do
	rm "$1"
	shift
done

if [ -n "${METRICS_FOLDER:-}" ]; then
	cat >"$METRICS_FOLDER/.hongyan_backup" <<-END
		# HELP hongyan_backup_last_success_timestamp_seconds When the last good backup was made.
		# TYPE hongyan_backup_last_success_timestamp_seconds gauge
		hongyan_backup_last_success_timestamp_seconds $(date +%s)
	END
	chmod 0644 "$METRICS_FOLDER/.hongyan_backup"
	mv "$METRICS_FOLDER/.hongyan_backup" "$METRICS_FOLDER/hongyan_backup.prom"
fi
