# What this container reaches: the look by which the host sees that a workspace is isolated (server/egress/isolation-proof.ts, which
# knows the same look for images without it).
package AnyonRun::Reach;
use strict;
use Socket;

# A proxy that is busy with many workspaces is given time; what must not be reached is refused at once, or is dropped and waits in vain.
sub PROXY_SECONDS ()     { 5 }
sub FORBIDDEN_SECONDS () { 1 }

# Tries each of the addresses by TCP; the last one is the proxy, which is also asked something. One line of JSON: [[address, outcome], …, ["answer", what the proxy said]].
sub look {
    my @targets = split /,/, shift;
    my $proxy   = $targets[-1];
    my @seen;
    for my $target (@targets) {
        my ( $done, $socket ) = connected( $target, $target eq $proxy ? PROXY_SECONDS : FORBIDDEN_SECONDS );
        push @seen, [ $target, $done ? 'connected' : 'errno ' . ( $! + 0 ) ];
        push @seen, [ 'answer', answer_of($socket) ] if $done && $target eq $proxy;
    }
    return '[' . join( ',', map { sprintf '["%s","%s"]', map { quoted($_) } @$_ } @seen ) . "]\n";
}

sub connected {
    my ( $target, $seconds ) = @_;
    my ( $host, $port ) = split /:/, $target;
    socket( my $socket, PF_INET, SOCK_STREAM, 0 ) or return;
    setsockopt( $socket, SOL_SOCKET, $_, pack( 'l!l!', $seconds, 0 ) ) for SO_SNDTIMEO, SO_RCVTIMEO;
    return ( scalar connect( $socket, sockaddr_in( $port, inet_aton($host) ) ), $socket );
}

sub answer_of {
    my ($socket) = @_;
    syswrite $socket, "GET / HTTP/1.0\r\n\r\n";
    my $answer = '';
    1 while length $answer < 4096 && sysread $socket, $answer, 4096, length $answer;
    return ( $answer =~ /\r\n\r\n([^\r\n]*)/ )[0] // '';
}

sub quoted {
    my ($text) = @_;
    $text =~ s/([^A-Za-z0-9 :.{},_-])/sprintf '\\u%04x', ord $1/ge;
    return $text;
}

1;
