package AnyonTerminal;
use strict;
use Errno qw(EAGAIN EINTR);
use Fcntl qw(F_SETFL O_NONBLOCK O_RDWR);
use POSIX ();
use Socket;
require 'frames.pm';
require 'shell.pm';
require 'viewer.pm';

my $KEPT = 512 * 1024;    # of its last output
my $AHEAD = 64 * 1024;   # a program waits when somebody attached is that much behind
my $MOST_KEYS = 256 * 1024;    # that the program has not read
my $MOST_VIEWERS = 8;
my $MOST_TABS = 64;
my $SILENCE = 60;

our %h;    # the terminal that this process holds

sub hold {
    my ( $id, $columns, $rows, $hours ) = @_;
    socket( my $door, AF_UNIX, SOCK_STREAM, 0 ) or die "no socket: $!\n";
    bind( $door, address($id) ) or return 0;    # somebody holds it already
    listen( $door, 8 ) or die "cannot listen: $!\n";
    $SIG{HUP} = $SIG{PIPE} = 'IGNORE';
    $SIG{CHLD} = sub { };    # wakes the loop
    chdir '/workspace/repo' or chdir '/workspace';
    my ( $master, $pid, $name ) = open_shell( $columns, $rows );
    %h = ( id => $id, door => $door, master => $master, name => $name, pid => $pid, size => [ $columns, $rows ], kept => '', end => 0, keys => '', viewers => [], taken => {}, tabs => [], alone => time, hours => $hours, over => undef );
    turn() while !defined $h{over};
    finish();
    return 0;
}

sub start_of_kept { return $h{end} - length $h{kept} }

sub turn {
    my ( $readable, $writable ) = ( '', '' );
    my $behind = 0;
    vec( $readable, fileno $h{door}, 1 ) = 1;
    for my $viewer ( @{ $h{viewers} } ) {
        fill( $viewer, \%h );
        $behind = 1 if defined $viewer->{at} && $h{end} - $viewer->{at} > $AHEAD;
        vec( $readable, fileno $viewer->{socket}, 1 ) = 1;
        vec( $writable, fileno $viewer->{socket}, 1 ) = 1 if length $viewer->{out};
    }
    vec( $readable, fileno $h{master}, 1 ) = 1 if !$behind;
    vec( $writable, fileno $h{master}, 1 ) = 1 if length $h{keys};
    my $count = select( $readable, $writable, undef, 2 );
    if ( $count > 0 ) {
        type_keys() if vec( $writable, fileno $h{master}, 1 );
        for my $viewer ( @{ $h{viewers} } ) {
            drain($viewer) if vec( $writable, fileno $viewer->{socket}, 1 );
            listen_to($viewer) if vec( $readable, fileno $viewer->{socket}, 1 );
        }
        read_output() if !$behind && vec( $readable, fileno $h{master}, 1 );
        admit() if vec( $readable, fileno $h{door}, 1 );
    }
    $_->{gone} = 1 for grep { time - $_->{heard} > $SILENCE } @{ $h{viewers} };
    $h{viewers} = [ grep { !$_->{gone} } @{ $h{viewers} } ];
    $h{alone} = time if @{ $h{viewers} };
    if ( waitpid( $h{pid}, POSIX::WNOHANG() ) == $h{pid} ) { $h{over} = ( $? & 127 ) ? 'signal ' . ( $? & 127 ) : 'exit ' . ( $? >> 8 ) }
    elsif ( time - $h{alone} > $h{hours} * 3600 ) { end_with('idle') }
}

sub end_with {
    my ($how) = @_;
    $h{over} = $how;
    end_shell( $h{master}, $h{pid} );
    delete $h{master};
}

sub read_output {
    my $count = sysread( $h{master}, my $piece, 32768 );
    return 0 if !$count;
    $h{kept} .= $piece;
    $h{end} += $count;
    substr( $h{kept}, 0, length( $h{kept} ) - $KEPT, '' ) if length $h{kept} > $KEPT + 65536;
    return 1;
}

sub type_keys {
    my $count = syswrite( $h{master}, $h{keys}, 4096 );
    substr( $h{keys}, 0, $count, '' ) if $count;
}

sub admit {
    accept( my $socket, $h{door} ) or return;
    return if @{ $h{viewers} } >= $MOST_VIEWERS;
    fcntl( $socket, F_SETFL, O_RDWR | O_NONBLOCK );
    push @{ $h{viewers} }, { socket => $socket, in => '', out => '', at => undef, heard => time, gone => 0 };
}

sub listen_to {
    my ($viewer) = @_;
    my $count = sysread( $viewer->{socket}, $viewer->{in}, 65536, length $viewer->{in} );
    if ( !$count ) {
        $viewer->{gone} = 1 if defined $count || ( $! != EAGAIN && $! != EINTR );
        return;
    }
    $viewer->{heard} = time;
    eval {
        while ( my ( $letter, $content ) = take_frame( $viewer->{in} ) ) { obey( $viewer, $letter, $content ) }
        1;
    } or $viewer->{gone} = 1;
}

sub obey {
    my ( $viewer, $letter, $content ) = @_;
    return if defined $h{over};
    if    ( $letter eq 'F' ) { greet( $viewer, \%h, $content =~ /\A\d{1,15}\z/ ? $content : 0 ) }
    elsif ( $letter eq 'T' ) { $viewer->{taken} = $content + 0 if $content =~ /\A\d{1,15}\z/ }
    elsif ( $letter eq 'K' ) { take_keys( $viewer, unpack( 'a36 N a*', $content ) ) }
    elsif ( $letter eq 'R' ) { resize( unpack( 'n n', $content ) ) }
    elsif ( $letter eq 'W' ) { redraw() }
    elsif ( $letter eq 'C' ) { end_with('closed') }
}

# What comes twice from one tab is taken once. Ctrl+C overtakes what the program has not read.
sub take_keys {
    my ( $viewer, $tab, $sequence, $keys ) = @_;
    my $verdict = 'taken';
    if ( $sequence > ( $h{taken}{$tab} // 0 ) ) {
        if ( $keys eq "\x03" && $h{keys} ne '' ) {
            $h{keys} = '';
            $keys = '' if interrupt( $h{master}, $h{name} );
        }
        if ( length( $h{keys} ) + length $keys > $MOST_KEYS ) { $verdict = 'full' }
        else {
            push @{ $h{tabs} }, $tab if !exists $h{taken}{$tab};
            delete $h{taken}{ shift @{ $h{tabs} } } if @{ $h{tabs} } > $MOST_TABS;
            $h{taken}{$tab} = $sequence;
            $h{keys} .= $keys;
            type_keys();
        }
    }
    $viewer->{out} .= frame( 'A', pack( 'a36 N a*', $tab, $sequence, $verdict ) );
}

sub resize {
    my ( $columns, $rows ) = @_;
    return if !$columns || !$rows || ( $columns == $h{size}[0] && $rows == $h{size}[1] );
    $h{size} = [ $columns, $rows ];
    set_size( $h{master}, $columns, $rows );
    $_->{out} .= frame( 'S', "$columns $rows" ) for grep { defined $_->{at} } @{ $h{viewers} };
}

# A program with the whole screen draws it again when its size changes.
sub redraw {
    my ( $columns, $rows ) = @{ $h{size} };
    set_size( $h{master}, $columns, $rows > 1 ? $rows - 1 : 2 );
    set_size( $h{master}, $columns, $rows );
}

# The last output and how it ended go out to whoever is attached; who comes later finds the note.
sub finish {
    if ( $h{master} ) {
        for ( 1 .. 64 ) { read_output() or last }
        CORE::close( $h{master} );
    }
    if ( open( my $note, '>', note_file( $h{id} ) ) ) { print $note $h{over}; CORE::close($note) }
    my $until = time + 5;
    while ( time < $until ) {
        my $writable = '';
        for my $viewer ( @{ $h{viewers} } ) {
            fill( $viewer, \%h );
            if ( !$viewer->{told} && ( !defined $viewer->{at} || $viewer->{at} == $h{end} ) ) {
                $viewer->{out} .= frame( 'E', $h{over} );
                $viewer->{told} = 1;
            }
            vec( $writable, fileno $viewer->{socket}, 1 ) = 1 if length $viewer->{out};
        }
        last if $writable eq '';
        next if select( undef, $writable, undef, 1 ) <= 0;
        for my $viewer ( @{ $h{viewers} } ) { drain($viewer) if vec( $writable, fileno $viewer->{socket}, 1 ) }
        $h{viewers} = [ grep { !$_->{gone} } @{ $h{viewers} } ];
    }
}

1;
