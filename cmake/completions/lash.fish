# Completion of lash for fish: the program itself says what may stand at the
# cursor, see lua/lash/cli/complete.lua.

function __lash_complete
    set -l words (commandline -opc)
    set -l cur (commandline -ct)
    set -l program (string replace -r '^~/' $HOME/ -- $words[1])
    for line in ($program -q -e 'require "lash.cli.complete" (...)' $words "$cur" 2>/dev/null </dev/null)
        if not string match -q -- \t'*' $line
            echo $line
            continue
        end
        set -l parts (string split -- \t $line)
        set -l rest (string sub -s (math (string length -- "$parts[3]") + 1) -- $cur)
        switch $parts[2]
            case folders
                printf '%s%s\n' "$parts[3]" (__fish_complete_directories $rest '')
            case lua
                for path in (complete -C "'' $rest")
                    string match -q -r -- '/$|\.lua$' $path; and printf '%s%s\n' "$parts[3]" $path
                end
            case '*'
                for path in (complete -C "'' $rest")
                    printf '%s%s\n' "$parts[3]" $path
                end
        end
    end
end

complete -c lash -f -k -a '(__lash_complete)'
