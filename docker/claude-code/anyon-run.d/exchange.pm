# The exchange directory of one command: the only place that the host and this wrapper share.
#
# After enter() every name is relative to the directory itself, so that nobody can exchange a part of the path under us.
# The agent runs as the same user and may tamper with what is inside: nothing here follows a symbolic link, opens anything
# but a regular file with one name, or writes in place; what is written appears whole, by rename.
package AnyonRun::Exchange;
use strict;
BEGIN { require 'linux.pm' }    # at compile time: its names are constants

sub ROOT ()  { '/anyon/exchange' }
sub EINTR () { 4 }    # not %!: it would load two modules for one number


our $entered;    # the id

# Makes <id>'s directory the current one. Ends the program (64, 66) when the name is not a plain one or there is no such directory.
sub enter {
    my ($id) = @_;
    if ( $id !~ /\A[A-Za-z0-9][A-Za-z0-9_-]{0,127}\z/ ) {
        print STDERR "anyon-run: the id may hold letters, digits, - and _ only\n";
        exit 64;
    }
    my $path = ROOT . "/$id";
    if ( -l $path || !chdir $path ) {
        print STDERR "anyon-run: there is no exchange directory $path\n";
        exit 66;
    }
    $entered = $id;
    return $path;
}

# Opens a regular file that has no other name; undef (with $!) otherwise. Never blocks: a FIFO in its place is refused.
sub open_regular {
    my ( $name, $flags ) = @_;
    sysopen( my $handle, $name, $flags | Linux::o_nofollow | Linux::o_nonblock, 0600 ) or return;
    my @status = stat $handle;
    if ( !-f _ || $status[3] != 1 ) { $! = 22; return }
    fcntl( $handle, Linux::f_setfl, $flags & Linux::o_append );
    return $handle;
}

# The bytes of a small file, at most $limit; undef when it is absent or not a plain file.
sub slurp {
    my ( $name, $limit ) = @_;
    my $handle = open_regular( $name, Linux::o_rdonly ) or return;
    return read_all( $handle, $limit );
}

sub read_all {
    my ( $handle, $limit ) = @_;
    my $bytes = '';
    while ( length $bytes < $limit ) {
        my $count = sysread $handle, $bytes, $limit - length $bytes, length $bytes;
        next if !defined $count && $! == EINTR;
        last if !$count;
    }
    return $bytes;
}

# Writes all bytes; dies with the reason when the disk does not take them.
sub write_all {
    my ( $handle, $bytes ) = @_;
    my $offset = 0;
    while ( $offset < length $bytes ) {
        my $count = syswrite $handle, $bytes, length($bytes) - $offset, $offset;
        next if !defined $count && $! == EINTR;
        defined $count or die "cannot write: $!\n";
        $offset += $count;
    }
    return;
}

# Replaces a file in one step: a reader sees the old one, the new one, nothing between. `durable` also survives a power cut.
sub publish {
    my ( $name, $bytes, %options ) = @_;
    my $temporary = sprintf '.%s.%d.%06x', $name, $$, int rand 0xffffff;
    sysopen( my $handle, $temporary, Linux::o_wronly | Linux::o_creat | Linux::o_excl | Linux::o_nofollow, 0600 ) or die "cannot create $temporary: $!\n";
    write_all( $handle, $bytes );
    sync_handle($handle) if $options{durable};
    close $handle;
    rename( $temporary, $name ) or die "cannot name $name: $!\n";
    sync_name('.') if $options{durable};
    return;
}

# Pushes a file (or a directory: its names) to the disk; absent is fine.
sub sync_name {
    my ($name) = @_;
    sysopen( my $handle, $name, Linux::o_rdonly | Linux::o_nofollow | Linux::o_nonblock ) or return;
    return sync_handle($handle);
}

sub sync_handle {
    my ($handle) = @_;
    require IO::Handle;
    return IO::Handle::sync($handle);
}

# Takes the command for this process; false when somebody has it already.
sub claim { return mkdir 'claim', 0700 }

# UTC with milliseconds.
sub now {
    require Time::HiRes;
    my $time = Time::HiRes::time();
    my @part = gmtime int $time;
    return sprintf '%04d-%02d-%02dT%02d:%02d:%02d.%03dZ', $part[5] + 1900, $part[4] + 1, @part[ 3, 2, 1, 0 ], int( ( $time - int $time ) * 1000 );
}

1;
