function __vipagent_should_offer_completions_for_flags_or_options -a expected_commands
    set -l non_repeating_flags_or_options $argv[2..]
    set -l non_repeating_flags_or_options_absent 0
    set -l positional_index 0
    set -l commands
    __vipagent_parse_tokens
    test "$commands" = "$expected_commands"; and return $non_repeating_flags_or_options_absent
end

function __vipagent_should_offer_completions_for_positional -a expected_commands positional_index_comparison expected_positional_index
    set -l non_repeating_flags_or_options
    set -l non_repeating_flags_or_options_absent 0
    set -l positional_index 0
    set -l commands
    __vipagent_parse_tokens
    test "$commands" = "$expected_commands" -a \( "$positional_index" "$positional_index_comparison" "$expected_positional_index" \)
end

function __vipagent_parse_tokens -S
    set -l unparsed_tokens (__vipagent_tokens -pc)
    switch $unparsed_tokens[1]
    case 'vipagent'
        __vipagent_parse_subcommand 0 'c/config=' 'node=' 'version' 'h/help'
        switch $unparsed_tokens[1]
        case 'run'
            __vipagent_parse_subcommand 0 'c/config=' 'node=' 'version' 'h/help'
        case 'check'
            __vipagent_parse_subcommand 0 'c/config=' 'node=' 'user=' 'no-host' 'version' 'h/help'
        case 'keygen'
            __vipagent_parse_subcommand 1 'add' 'version' 'h/help'
        case 'release'
            __vipagent_parse_subcommand 0 'c/config=' 'after-stop' 'version' 'h/help'
        case 'doctor'
            __vipagent_parse_subcommand 0 'c/config=' 'node=' 'user=' 'json' 'listen=' 'version' 'h/help'
        case 'status'
            __vipagent_parse_subcommand 0 'socket=' 'c/config=' 'json' 'check' 'version' 'h/help'
        case 'watch'
            __vipagent_parse_subcommand 0 'socket=' 'c/config=' 'version' 'h/help'
        case 'events'
            __vipagent_parse_subcommand 0 'socket=' 'c/config=' 'json' 'wait' 'version' 'h/help'
        case 'metrics'
            __vipagent_parse_subcommand 0 'socket=' 'c/config=' 'version' 'h/help'
        case 'version'
            __vipagent_parse_subcommand 0 'version' 'h/help'
        case 'standby'
            __vipagent_parse_subcommand 1 'force' 'socket=' 'c/config=' 'version' 'h/help'
        case 'available'
            __vipagent_parse_subcommand 1 'socket=' 'c/config=' 'version' 'h/help'
        case 'takeover'
            __vipagent_parse_subcommand 1 'force' 'socket=' 'c/config=' 'version' 'h/help'
        case 'fail-back'
            __vipagent_parse_subcommand 1 'socket=' 'c/config=' 'version' 'h/help'
        case 'reload'
            __vipagent_parse_subcommand 0 'socket=' 'c/config=' 'version' 'h/help'
        case 'help'
            __vipagent_parse_subcommand -r 1 'version'
        end
    end
end

function __vipagent_tokens
    if test (string split -m 1 -f 1 -- . "$FISH_VERSION") -gt 3
        commandline --tokens-raw $argv
    else
        commandline -o $argv
    end
end

function __vipagent_parse_subcommand -S -a positional_count
    argparse -s r -- $argv
    set -l option_specs $argv[2..]
    set -l is_repeating_positional $_flag_r
    set -el _flag_r
    set -a commands $unparsed_tokens[1]
    set positional_index 0
    while true
        set -e unparsed_tokens[1]
        argparse -sn "$commands" $option_specs -- $unparsed_tokens 2> /dev/null
        set unparsed_tokens $argv
        set positional_index (math $positional_index + 1)
        for non_repeating_flag_or_option in $non_repeating_flags_or_options
            if set -ql "_flag_$(string replace -a - _ -- $non_repeating_flag_or_option)"
                set non_repeating_flags_or_options_absent 1
                break
            end
        end
        test (count $unparsed_tokens) -eq 0 -o \( -z "$is_repeating_positional" -a "$positional_index" -gt "$positional_count" \) && break
    end
end

function __vipagent_complete_directories
    set -l token (commandline -t)
    string match -- '*/' $token
    set -l subdirs $token*/
    printf %s\n $subdirs
end

function __vipagent_custom_completion
    set -x SAP_SHELL fish
    set -x SAP_SHELL_VERSION $FISH_VERSION
    set -l tokens (__vipagent_tokens -p)
    if test -z "$(__vipagent_tokens -t)"
        set -l index (count (__vipagent_tokens -pc))
        set tokens $tokens[..$index] \'\' $tokens[(math $index + 1)..]
    end
    command $tokens[1] $argv $tokens
end

complete -c 'vipagent' -f
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_flags_or_options "vipagent" c config' -l 'config' -s 'c' -d 'The configuration file.' -rfa '(for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.\'toml\';printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_flags_or_options "vipagent" node' -l 'node' -d 'The node that this host is; the one that `uname -n` names if left out.' -rfka ''
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_flags_or_options "vipagent" version' -l 'version' -d 'Show the version.'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_flags_or_options "vipagent" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_positional "vipagent" -eq 1' -fa 'run' -d 'Run the agent in the foreground, logging to standard error (the default command).'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_positional "vipagent" -eq 1' -fa 'check' -d 'Check a configuration file, and whether this host fits it.'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_positional "vipagent" -eq 1' -fa 'keygen' -d 'Make a key file, or add a key to one.'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_positional "vipagent" -eq 1' -fa 'release' -d 'Remove the addresses that an agent which died has left behind.'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_positional "vipagent" -eq 1' -fa 'doctor' -d 'Examine this host: what would keep a takeover from working, and what to do about it.'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_positional "vipagent" -eq 1' -fa 'status' -d 'Show who owns what, whether a backup could take over, and how the nodes hear each other.'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_positional "vipagent" -eq 1' -fa 'watch' -d 'Watch the status live in the terminal.'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_positional "vipagent" -eq 1' -fa 'events' -d 'Follow what happens: the lines of the log, as they are written.'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_positional "vipagent" -eq 1' -fa 'metrics' -d 'Print the agent\'s metrics in the text format of Prometheus.'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_positional "vipagent" -eq 1' -fa 'version' -d 'Print the version of this program; `status` has that of the running agent.'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_positional "vipagent" -eq 1' -fa 'standby' -d 'Hand this node\'s groups over, and until `available` take none that another node can.'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_positional "vipagent" -eq 1' -fa 'available' -d 'End the standby: this node may take groups again.'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_positional "vipagent" -eq 1' -fa 'takeover' -d 'Take groups over to this node, whatever the order of preference says.'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_positional "vipagent" -eq 1' -fa 'fail-back' -d 'Bring groups back to their preferred node now, whatever auto_failback says.'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_positional "vipagent" -eq 1' -fa 'reload' -d 'Make the agent read its configuration and its keys anew.'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_positional "vipagent" -eq 1' -fa 'help' -d 'Show subcommand help information.'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_flags_or_options "vipagent run" c config' -l 'config' -s 'c' -d 'The configuration file.' -rfa '(for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.\'toml\';printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_flags_or_options "vipagent run" node' -l 'node' -d 'The node that this host is; the one that `uname -n` names if left out.' -rfka ''
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_flags_or_options "vipagent run" version' -l 'version' -d 'Show the version.'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_flags_or_options "vipagent run" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_flags_or_options "vipagent check" c config' -l 'config' -s 'c' -d 'The configuration file.' -rfa '(for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.\'toml\';printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_flags_or_options "vipagent check" node' -l 'node' -d 'Judge for this node instead of the one this host is.' -rfka ''
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_flags_or_options "vipagent check" user' -l 'user' -d 'Judge the files as this user may read them; the service\'s, vipagent, if left out and there is one.' -rfka ''
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_flags_or_options "vipagent check" no-host' -l 'no-host' -d 'Check the file only: not the devices, name and key file of this host.'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_flags_or_options "vipagent check" version' -l 'version' -d 'Show the version.'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_flags_or_options "vipagent check" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_positional "vipagent keygen" -eq 1' -F
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_flags_or_options "vipagent keygen" add' -l 'add' -d 'Add a key with the next free number to an existing file; `auth` stays as it is.'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_flags_or_options "vipagent keygen" version' -l 'version' -d 'Show the version.'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_flags_or_options "vipagent keygen" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_flags_or_options "vipagent release" c config' -l 'config' -s 'c' -d 'The configuration file.' -rfa '(for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.\'toml\';printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_flags_or_options "vipagent release" after-stop' -l 'after-stop' -d 'Only if nobody will adopt the addresses, going by what systemd says about the end of the agent (ExecStopPost=).'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_flags_or_options "vipagent release" version' -l 'version' -d 'Show the version.'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_flags_or_options "vipagent release" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_flags_or_options "vipagent doctor" c config' -l 'config' -s 'c' -d 'The configuration file.' -rfa '(for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.\'toml\';printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_flags_or_options "vipagent doctor" node' -l 'node' -d 'Judge for this node instead of the one this host is.' -rfka ''
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_flags_or_options "vipagent doctor" user' -l 'user' -d 'Judge the files as this user may read them; the service\'s, vipagent, if left out and there is one.' -rfka ''
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_flags_or_options "vipagent doctor" json' -l 'json' -d 'Print JSON, for a program to read.'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_flags_or_options "vipagent doctor" listen' -l 'listen' -d 'How long to listen, as 500ms or 10s; three keepalives if left out, at least 2.2 s.' -rfka ''
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_flags_or_options "vipagent doctor" version' -l 'version' -d 'Show the version.'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_flags_or_options "vipagent doctor" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_flags_or_options "vipagent status" socket' -l 'socket' -d 'The agent\'s control socket.' -rF
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_flags_or_options "vipagent status" c config' -l 'config' -s 'c' -d 'The configuration file that names the control socket.' -rfa '(for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.\'toml\';printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_flags_or_options "vipagent status" json' -l 'json' -d 'Print all of it as one JSON object; docs/control.md describes the keys.'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_flags_or_options "vipagent status" check' -l 'check' -d 'Print one line with performance data, as Nagios, Icinga and Zabbix read it; exit code 3 if no agent answers.'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_flags_or_options "vipagent status" version' -l 'version' -d 'Show the version.'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_flags_or_options "vipagent status" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_flags_or_options "vipagent watch" socket' -l 'socket' -d 'The agent\'s control socket.' -rF
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_flags_or_options "vipagent watch" c config' -l 'config' -s 'c' -d 'The configuration file that names the control socket.' -rfa '(for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.\'toml\';printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_flags_or_options "vipagent watch" version' -l 'version' -d 'Show the version.'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_flags_or_options "vipagent watch" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_flags_or_options "vipagent events" socket' -l 'socket' -d 'The agent\'s control socket.' -rF
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_flags_or_options "vipagent events" c config' -l 'config' -s 'c' -d 'The configuration file that names the control socket.' -rfa '(for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.\'toml\';printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_flags_or_options "vipagent events" json' -l 'json' -d 'Print each event as a JSON object in one line; docs/log.md lists the kinds.'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_flags_or_options "vipagent events" wait' -l 'wait' -d 'Wait for an agent, also when the one that is followed ends.'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_flags_or_options "vipagent events" version' -l 'version' -d 'Show the version.'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_flags_or_options "vipagent events" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_flags_or_options "vipagent metrics" socket' -l 'socket' -d 'The agent\'s control socket.' -rF
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_flags_or_options "vipagent metrics" c config' -l 'config' -s 'c' -d 'The configuration file that names the control socket.' -rfa '(for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.\'toml\';printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_flags_or_options "vipagent metrics" version' -l 'version' -d 'Show the version.'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_flags_or_options "vipagent metrics" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_flags_or_options "vipagent version" version' -l 'version' -d 'Show the version.'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_flags_or_options "vipagent version" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_positional "vipagent standby" -eq 1' -fka '(__vipagent_custom_completion ---completion standby -- positional@0 (count (__vipagent_tokens -pc)) (__vipagent_tokens -tC))'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_flags_or_options "vipagent standby" force' -l 'force' -d 'Let go even if nobody could take over: the addresses are then nowhere.'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_flags_or_options "vipagent standby" socket' -l 'socket' -d 'The agent\'s control socket.' -rF
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_flags_or_options "vipagent standby" c config' -l 'config' -s 'c' -d 'The configuration file that names the control socket.' -rfa '(for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.\'toml\';printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_flags_or_options "vipagent standby" version' -l 'version' -d 'Show the version.'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_flags_or_options "vipagent standby" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_positional "vipagent available" -eq 1' -fka '(__vipagent_custom_completion ---completion available -- positional@0 (count (__vipagent_tokens -pc)) (__vipagent_tokens -tC))'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_flags_or_options "vipagent available" socket' -l 'socket' -d 'The agent\'s control socket.' -rF
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_flags_or_options "vipagent available" c config' -l 'config' -s 'c' -d 'The configuration file that names the control socket.' -rfa '(for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.\'toml\';printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_flags_or_options "vipagent available" version' -l 'version' -d 'Show the version.'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_flags_or_options "vipagent available" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_positional "vipagent takeover" -eq 1' -fka '(__vipagent_custom_completion ---completion takeover -- positional@0 (count (__vipagent_tokens -pc)) (__vipagent_tokens -tC))'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_flags_or_options "vipagent takeover" force' -l 'force' -d 'Claim although something still answers for the addresses.'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_flags_or_options "vipagent takeover" socket' -l 'socket' -d 'The agent\'s control socket.' -rF
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_flags_or_options "vipagent takeover" c config' -l 'config' -s 'c' -d 'The configuration file that names the control socket.' -rfa '(for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.\'toml\';printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_flags_or_options "vipagent takeover" version' -l 'version' -d 'Show the version.'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_flags_or_options "vipagent takeover" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_positional "vipagent fail-back" -eq 1' -fka '(__vipagent_custom_completion ---completion fail-back -- positional@0 (count (__vipagent_tokens -pc)) (__vipagent_tokens -tC))'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_flags_or_options "vipagent fail-back" socket' -l 'socket' -d 'The agent\'s control socket.' -rF
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_flags_or_options "vipagent fail-back" c config' -l 'config' -s 'c' -d 'The configuration file that names the control socket.' -rfa '(for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.\'toml\';printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_flags_or_options "vipagent fail-back" version' -l 'version' -d 'Show the version.'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_flags_or_options "vipagent fail-back" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_flags_or_options "vipagent reload" socket' -l 'socket' -d 'The agent\'s control socket.' -rF
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_flags_or_options "vipagent reload" c config' -l 'config' -s 'c' -d 'The configuration file that names the control socket.' -rfa '(for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.\'toml\';printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_flags_or_options "vipagent reload" version' -l 'version' -d 'Show the version.'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_flags_or_options "vipagent reload" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_flags_or_options "vipagent help" version' -l 'version' -d 'Show the version.'
complete -c 'vipagent' -n '__vipagent_should_offer_completions_for_positional "vipagent help" -eq 1' -fa 'run check keygen release doctor status watch events metrics version standby available takeover fail-back reload'
