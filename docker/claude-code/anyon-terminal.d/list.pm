package AnyonTerminal;
use strict;

sub list {
    open( my $sockets, '<', '/proc/net/unix' ) or return 1;
    my %ids = map { /\@anyon-terminal-([0-9a-f-]{36})$/ ? ( $1 => 1 ) : () } <$sockets>;
    print "$_\n" for sort keys %ids;
    return 0;
}

1;
