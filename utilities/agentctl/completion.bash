# shellcheck shell=bash
# Bash completion of agentctl: commands, options, files, and the names of
# remotes and options that the daemon knows.

# Prints the members $1 of what `agentctl "${@:2}"' lists.  Says nothing and
# does not wait when there is no daemon.
_agentctl_members() {
    agentctl -T 2 -f json "${@:2}" 2>/dev/null |
        sed -n 's/^    "'"$1"'": "\([^"]*\)",\{0,1\}$/\1/p'
}

_agentctl_names() {
    _agentctl_members name "$@"
}

_agentctl() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
    local i words=() target=() reply='' joined=

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

    # The command's words so far, and the daemon that is meant.  (Readline makes
    # three words of "outside:internet", and several of some addresses.)
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
        -t|--target)
            [ "${COMP_WORDS[i+1]-}" = = ] && ((i++))
            ((i++))
            target=(-t "${COMP_WORDS[i]-}") ;;
        -f|--format|-T|--timeout)
            [ "${COMP_WORDS[i+1]-}" = = ] && ((i++))
            ((i++)) ;;
        -|[!-]*)
            if [[ $joined || ( ${words[0]-} && ${COMP_WORDS[i]} == :* ) ]]; then
                words[-1]+=${COMP_WORDS[i]}
            else
                words+=("${COMP_WORDS[i]}")
            fi ;;
        esac
        joined=
        [[ ${words[0]-} && ${COMP_WORDS[i]} == :* ]] && joined=1
    done
    if [[ ${words[0]-} && $cur == :* ]]; then
        words[-1]+=$cur
        joined=1
        cur=
    fi

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
            if [ "$joined" ]; then
                [ "${words[*]}" = 'trace outside:' ] &&
                    reply=$(_agentctl_members externalNetwork \
                                "${target[@]}" gateway list)
            elif [ ${#words[@]} = 1 ]; then
                reply="$(_agentctl_names "${target[@]}" endpoint list) outside:"
                [[ $cur == o* ]] && compopt -o nospace 2>/dev/null
            elif [ ${#words[@]} = 2 ] && [[ ${words[1]} != outside:* ]]; then
                reply=$(_agentctl_names "${target[@]}" endpoint list)
            fi ;;
        'scenario run') compopt -o default 2>/dev/null; return ;;
        esac
    fi
    mapfile -t COMPREPLY < <(compgen -W "$reply" -- "$cur")
}

complete -F _agentctl agentctl
