return [=[
lash job run FILE
    what the scheduler calls: does the work for the latest time that is due and
    not done; silent unless the work prints or fails. A failure is one line,
    NAME: KIND: message, and the exit status is the work's
lash job next [-n N] FILE
    coming times, in the zone of the job
lash job install [--dry-run] [--cron|--systemd] FILE
    has the system call it: a timer of systemd where that outlives the log-out,
    else a line in the crontab; again: brings it up to date. --dry-run only
    prints what would be written
lash job uninstall FILE|NAME
    takes that away
lash job list [--json] [FILE]
    what is installed, when it runs next, how it went last; ! what is wrong
lash job verify [--json] [-q] FILE
    starts it as cron would, up to its first request that costs or changes
    something; commands and files before that are done. One line a finding;
    0 when nothing fails

FILE returns lash.job { name = …, schedule = …, run = … }. `lash FILE` does
the work now, with --due=TIME that of a time. `lash runs NAME` is the history.
Options stand before `job`: lash -m qwen-plus job run digest.lua

schedule: "30 7 * * 1-5", "@daily", "every 15m", "Mon..Fri 07:30"; tz: its zone.
`lash help errors` has the exit statuses.]=]
