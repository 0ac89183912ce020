# The refs that hold checkpoints: refs/anyon/checkpoints/<name of the tree>/<id>. Ids begin with the time, so they sort by age.
package AnyonRun::CheckpointRefs;
use strict;
require 'trees.pm';

sub KEPT ()   { 50 }
sub INNER ()  { 500 }    # of a repository inside: those of fifty trees around it, and to spare
sub LISTED () { 2000 }

sub add {
    my ( $tree, $commit ) = @_;
    AnyonRun::Git::ask( $tree->{directory}, 'update-ref', "$tree->{prefix}/" . new_id(), $commit );
    my @old = map { $_->{ref} } list( $tree, $tree->{prefix} );
    splice @old, 0, $tree->{depth} ? INNER : KEPT;
    AnyonRun::Git::run( $tree->{directory}, 65536, 'update-ref', '-d', $_ ) for @old;
    return;
}

# Those of one tree ($tree->{prefix}) or of all trees of the repository ('refs/anyon/checkpoints'), newest first.
sub list {
    my ( $tree, $prefix ) = @_;
    my $format = join '%00', qw(%(refname) %(objectname) %(tree) %(creatordate:unix) %(contents:body)), '';
    my ( @field, @found );
    my $take = sub {
        push @field, $_[0];
        return if @field < 5;
        my ( $ref, $commit, $id, $at, $body ) = splice @field;
        $ref =~ s/\A\n//;
        return if $commit !~ /\A[0-9a-f]{40,64}\z/ || $id !~ /\A[0-9a-f]{40,64}\z/ || $at !~ /\A\d+\z/;
        my %said = $body =~ /^(Cause|Files|Branch|Staged): (.*)$/mg;
        push @found, { ref => $ref, commit => $commit, tree => $id, at => $at, cause => $said{Cause}, files => $said{Files}, branch => $said{Branch}, staged => $said{Staged} };
    };
    AnyonRun::Git::each_record( $tree->{directory}, $take, 'for-each-ref', "--format=$format", '--sort=-refname', "$prefix/" );
    return sort { id($b) cmp id($a) } @found;
}

sub id { my ($id) = $_[0]{ref} =~ m{([^/]+)\z}; return $id }

# A UUID of version 7: 48 bits of milliseconds, then chance.
sub new_id {
    require Time::HiRes;
    open( my $source, '<:raw', '/dev/urandom' ) or die "no random numbers: $!\n";
    read $source, my $chance, 10;
    my @part = unpack 'n5', $chance;
    my $time = sprintf '%012x', int( Time::HiRes::time() * 1000 );
    return sprintf '%s-%s-7%03x-%04x-%04x%04x%04x', substr( $time, 0, 8 ), substr( $time, 8 ), $part[0] & 0xfff, $part[1] & 0x3fff | 0x8000, @part[ 2 .. 4 ];
}

1;
