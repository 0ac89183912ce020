# Has the command written a JSON line whose own type is "result"? Reads each byte of the output once, and looks only at lines
# that hold the text at all; a long line costs no more than a short one.
package AnyonRun::ResultLine;
use strict;
BEGIN { require 'linux.pm' }
require 'exchange.pm';

sub BLOCK ()   { 1024 * 1024 }
sub LONGEST () { 32 * 1024 * 1024 }

sub new {
    my ( $class, $name ) = @_;
    my $handle = AnyonRun::Exchange::open_regular( $name, Linux::o_rdonly ) // die "$name cannot be read: $!\n";
    return bless { handle => $handle, line => '', seen => 0 }, $class;
}

sub skip_to { my ( $self, $offset ) = @_; sysseek $self->{handle}, $offset =~ /\A(\d+)/ ? $1 : 0, 0; return }

# True from the first such line on.
sub seen {
    my ($self) = @_;
    return 1 if $self->{seen};
    # Shorter than what was read: somebody emptied the file. Missing the line would leave the command waiting for ever.
    if ( -s $self->{handle} < sysseek( $self->{handle}, 0, 1 ) ) { sysseek $self->{handle}, 0, 0; $self->{line} = '' }
    while ( !$self->{seen} && sysread $self->{handle}, my $block, BLOCK ) { $self->take($block) }
    return $self->{seen};
}

sub take {
    my ( $self, $block ) = @_;
    my $end = rindex $block, "\n";
    if ( $end < 0 ) {
        $self->{line} .= $block;
        $self->bound_memory() if length $self->{line} > LONGEST;
        return;
    }
    my $lines = $self->{line} . substr $block, 0, $end + 1;
    $self->{line} = substr $block, $end + 1;
    $self->{seen} = 1 if $self->{loose} || holds_result($lines);
    return;
}

# A line longer than any result: from here on the mere text counts, since closing early does no harm and not closing does.
sub bound_memory {
    my ($self) = @_;
    $self->{loose} = 1 if $self->{line} =~ /"type"\s*:\s*"result"/;
    $self->{line} = substr $self->{line}, -64;
    return;
}

sub holds_result {
    my ($lines) = @_;
    while ( $lines =~ /"type"\s*:\s*"result"/g ) {
        my $start = rindex( $lines, "\n", $-[0] ) + 1;
        my $end = index $lines, "\n", $-[0];
        return 1 if is_result( substr $lines, $start, $end - $start );
        pos($lines) = $end;
    }
    return 0;
}

# Walks over the line's strings and brackets; "type":"result" counts outside of every inner object and every string.
sub is_result {
    my ($line) = @_;
    return 0 if $line !~ /\A\s*\{/gc;
    my $depth = 1;
    while ( $line =~ /\G[^"{}\[\]]*/gc ) {
        if    ( $depth == 1 && $line =~ /\G"type"\s*:\s*"result"\s*[,}]/gc ) { return 1 }
        elsif ( $line =~ /\G"/gc )        { 1 while $line =~ /\G[^"\\]+/gc || $line =~ /\G\\./gcs; $line =~ /\G"/gc or return 0 }
        elsif ( $line =~ /\G[{\[]/gc )    { $depth++ }
        elsif ( $line =~ /\G[}\]]/gc )    { return 0 if --$depth == 0 }
        else                              { return 0 }
    }
    return 0;
}

1;
