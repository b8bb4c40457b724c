# Completion of lash for bash: the program itself says what may stand at the
# cursor, see lua/lash/cli/complete.lua.

_lash() {
    local words=() rest=${COMP_LINE:0:COMP_POINT} word i
    # Readline takes words apart at = : and @; for lash, they are whole.
    for ((i = 0; i <= COMP_CWORD; i++)); do
        word=${rest#"${rest%%[![:space:]]*}"}
        ((i == COMP_CWORD)) || word=${COMP_WORDS[i]}
        if [[ $i == 0 || $rest == [[:space:]]* ]]; then words+=("$word"); else words[-1]+=$word; fi
        rest=${rest#"${rest%%[![:space:]]*}"}
        rest=${rest#"$word"}
    done
    local cur=${words[-1]} head='' breaks='' c
    for c in = :; do # an @ begins a word, and stays a part of it
        [[ $COMP_WORDBREAKS != *$c* ]] || breaks+=$c
    done
    # What Readline takes for another word is not to be given again.
    [[ -z $breaks || $cur != *[$breaks]* ]] || head=${cur%"${cur##*["$breaks"]}"}

    local found line value kind prefix paths=()
    mapfile -t found < <("${words[0]/#~\//$HOME/}" -q -e 'require "lash.cli.complete" (...)' \
        "${words[@]}" 2>/dev/null </dev/null)
    COMPREPLY=()
    for line in "${found[@]}"; do
        value=${line%%$'\t'*}
        if [[ -n $value ]]; then
            [[ $value != "$cur"* ]] || COMPREPLY+=("$(printf %q "${value#"$head"}")")
            continue
        fi
        kind=${line#$'\t'}
        prefix=${kind#*$'\t'}
        kind=${kind%%$'\t'*}
        rest=${cur#"$prefix"}
        case $kind in
        folders) mapfile -t paths < <(compgen -d -- "$rest") ;;
        lua) mapfile -t paths < <(compgen -d -- "$rest"; compgen -f -X '!*.lua' -- "$rest") ;;
        *) mapfile -t paths < <(compgen -f -- "$rest") ;;
        esac
        paths=("${paths[@]/#/"${prefix#"$head"}"}")
    done
    if ((${#paths[@]} && ! ${#COMPREPLY[@]})); then
        compopt -o filenames 2>/dev/null # Readline quotes them, and marks folders
        COMPREPLY=("${paths[@]}")
    elif ((${#paths[@]})); then
        mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(printf '%q\n' "${paths[@]}")
    else
        compopt -o nosort 2>/dev/null # the latest stand first
    fi
}

complete -F _lash lash
