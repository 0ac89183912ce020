# What this container sees of the secrets that were put here for one attempt; `-` asks about the place only. Names and modes, never
# a value. The host compares it with what it has written: server/secrets/injection/assert-in-place.ts.
package AnyonRun::Secrets;
use strict;
BEGIN { require 'linux.pm' }

sub ROOT () { '/anyon/secrets' }

sub secrets {
    my ($attempt) = @_;
    if ( $attempt !~ /\A(?:-|[A-Za-z0-9][A-Za-z0-9-]{0,63})\z/ ) {
        print STDERR "anyon-run: the attempt may hold letters, digits and - only\n";
        return 64;
    }
    my ( $read_only, $type ) = mount_of( ROOT() );
    my $mark   = AnyonRun::Exchange::slurp( ROOT() . '/.place', 64 );
    my $folder = $attempt eq '-' ? undef : entry( ROOT() . "/$attempt", '.' );
    my @files  = $folder ? files( ROOT() . "/$attempt", '' ) : ();
    printf qq({"mark":%s,"type":%s,"readOnly":%s,"writable":%s,"folder":%s,"files":[%s]}\n),
        defined $mark && $mark =~ /\A[0-9a-f]+\z/ ? qq("$mark") : 'null', quoted( $type // 'none' ), truth($read_only), truth( can_write( ROOT() ) || $folder && can_write( ROOT() . "/$attempt" ) ),
        $folder // 'null', join ',', @files;
    return 0;
}

# (whether read-only, type of file system) of the mount that is exactly here; nothing when there is none.
sub mount_of {
    my ($place) = @_;
    open( my $mounts, '<', '/proc/self/mountinfo' ) or return;
    my @found;
    while ( my $line = <$mounts> ) {
        my ( $before, $after ) = split / - /, $line, 2;
        my @field = split ' ', $before;
        @found = ( scalar( $field[5] =~ /(?:\A|,)ro(?:,|\z)/ ), ( split ' ', $after )[0] ) if $field[4] eq $place;    # the last one covers the others
    }
    return @found;
}

# Tries it: what the mount's options say is only what somebody says.
sub can_write {
    my ($folder) = @_;
    my $name = "$folder/.try-$$";
    sysopen( my $handle, $name, Linux::o_wronly | Linux::o_creat | Linux::o_excl | Linux::o_nofollow, 0600 ) or return 0;
    unlink $name;
    return 1;
}

sub files {
    my ( $folder, $prefix ) = @_;
    opendir( my $directory, $folder ) or return;
    my @names = sort grep { !/\A\.\.?\z/ } readdir $directory;
    return map { $prefix eq '' && $_ eq 'env' && !-l "$folder/env" && -d _ ? files( "$folder/env", 'env/' ) : entry( "$folder/$_", "$prefix$_" ) } @names;
}

# As JSON; undef when there is nothing of that name.
sub entry {
    my ( $path, $name ) = @_;
    my @status = lstat $path or return;
    my $readable = -d _ ? opendir( my $directory, $path ) : AnyonRun::Exchange::open_regular( $path, Linux::o_rdonly );
    return sprintf '{"name":%s,"mode":%d,"uid":%d,"readable":%s}', quoted($name), $status[2] & 07777, $status[4], truth($readable);
}

sub quoted {
    my ($text) = @_;
    $text =~ s/([^A-Za-z0-9_.\/ -])/sprintf '\\u%04x', ord $1/ge;
    return qq("$text");
}

sub truth { return $_[0] ? 'true' : 'false' }

1;
