# Prints the ports on which something listens that `dial` can reach: one line each of port, a tab, and the program where it can be told.
package AnyonRun::Ports;
use strict;

sub MOST ()     { 128 }
sub LISTENS ()  { '0A' }

# Programs that say little by themselves: the script that they run is named beside them.
my $interpreter = qr/\A(?:node|nodejs|bun|deno|python[\d.]*|ruby|perl|php|java|sh|bash)\z/;

sub ports {
    my %inode = ( listening('/proc/net/tcp6'), listening('/proc/net/tcp') );
    my %program = programs( map { $_ => 1 } values %inode );
    my @ports = sort { $a <=> $b } keys %inode;
    splice @ports, MOST if @ports > MOST;
    print map { "$_\t" . ( $program{ $inode{$_} } // '' ) . "\n" } @ports;
    return 0;
}

# Port => inode of the socket, of those that listen on the loopback address or on all. Docker's own resolver has another one.
sub listening {
    my ($file) = @_;
    open( my $handle, '<', $file ) or return;
    my %inode;
    while ( defined( my $line = <$handle> ) ) {
        my ( undef, $local, undef, $state, @rest ) = split ' ', $line;
        next if ( $state // '' ) ne LISTENS || $local !~ /\A([0-9A-F]+):([0-9A-F]{4})\z/;
        $inode{ hex $2 } = $rest[5] if reachable($1);
    }
    return %inode;
}

# Written as the processor holds it, each group of four bytes turned around where that is its way.
sub reachable {
    my ($hex) = @_;
    my $address = join '', map { pack 'L', hex } $hex =~ /.{8}/g;
    $address =~ s/\A\0{10}\xff\xff//;
    return $address =~ /\A(?:\x7f\0\0\x01|\0{4}|\0{16}|\0{15}\x01)\z/;
}

# Inode => name. Of processes of other users nothing can be seen.
sub programs {
    my (%wanted) = @_;
    my %program;
    for my $directory ( glob '/proc/[0-9]*' ) {
        for my $file ( glob "$directory/fd/*" ) {
            my ($inode) = ( readlink($file) // '' ) =~ /\Asocket:\[(\d+)\]\z/ or next;
            $program{$inode} //= name_of($directory) if $wanted{$inode};
        }
    }
    return %program;
}

# Names of files only: further arguments may be anything, a password too.
sub name_of {
    my ($directory) = @_;
    open( my $handle, '<', "$directory/cmdline" ) or return '';
    local $/;
    my ( $command, @arguments ) = split /\0/, <$handle> // '';
    my $name = base($command);
    my ($script) = grep { !/\A-/ } @arguments;
    $name .= ' ' . base($script) if defined $script && $name =~ $interpreter && $script =~ m{\A[\w./\@+-]+\z};
    $name =~ s/[^\x20-\x7e]/?/g;
    return substr $name, 0, 80;
}

sub base { my ($path) = @_; return ( split m{/}, $path // '' )[-1] // '' }

1;
