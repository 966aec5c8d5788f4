# shellcheck shell=bash
# Bash completion of agentctl: commands, options, files, and the names of
# remotes and options that the daemon knows.

# Prints the "name" members of what `agentctl "$@"' lists.  Says nothing and
# does not wait when there is no daemon.
_agentctl_names() {
    agentctl -T 2 -f json "$@" 2>/dev/null |
        sed -n 's/^    "name": "\([^"]*\)",\{0,1\}$/\1/p'
}

_agentctl() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
    local i words=() target=() reply=''

    COMPREPLY=()

    # An option's argument.  (Readline makes "--format=json" three words.)
    [ "$cur" = = ] && cur=
    if [ "$prev" = = ]; then
        prev=${COMP_WORDS[COMP_CWORD-2]}
    fi
    case $prev in
    -f|--format) reply='table json' ;;
    -t|--target) compopt -o default 2>/dev/null; return ;;
    -T|--timeout) return ;;
    esac
    if [ -n "$reply" ]; then
        mapfile -t COMPREPLY < <(compgen -W "$reply" -- "$cur")
        return
    fi

    # The command's words so far, and the daemon that is meant.
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
        -t|--target)
            [ "${COMP_WORDS[i+1]-}" = = ] && ((i++))
            ((i++))
            target=(-t "${COMP_WORDS[i]-}") ;;
        -f|--format|-T|--timeout)
            [ "${COMP_WORDS[i+1]-}" = = ] && ((i++))
            ((i++)) ;;
        -|[!-]*) words+=("${COMP_WORDS[i]}") ;;
        esac
    done

    if [[ $cur == -?* ]]; then
        reply='--target --format --timeout --help --version'
        [ "${words[*]:0:2}" = 'scenario run' ] && reply+=' --check'
    else
        case "${words[*]}" in
        ''|help)
            reply='status remote option plan endpoint policy route gateway
                   nat service qos explain trace decode scenario version'
            [ ${#words[@]} = 0 ] && reply+=' help' ;;
        remote|service|'help remote'|'help service') reply='list show' ;;
        option|plan|endpoint|policy|route|gateway|nat|qos|'help qos'|\
        'help option'|'help plan'|\
        'help endpoint'|'help policy'|'help route'|\
        'help gateway'|'help nat')
            reply=list ;;
        scenario|'help scenario') reply=run ;;
        'remote show'|explain)
            reply=$(_agentctl_names "${target[@]}" remote list) ;;
        'service show')
            reply=$(_agentctl_names "${target[@]}" service list) ;;
        'explain '*)
            [ ${#words[@]} = 2 ] &&
                reply=$(_agentctl_names "${target[@]}" option list) ;;
        trace|'trace '*)
            [ ${#words[@]} -le 2 ] &&
                reply=$(_agentctl_names "${target[@]}" endpoint list) ;;
        'scenario run') compopt -o default 2>/dev/null; return ;;
        esac
    fi
    mapfile -t COMPREPLY < <(compgen -W "$reply" -- "$cur")
}

complete -F _agentctl agentctl
