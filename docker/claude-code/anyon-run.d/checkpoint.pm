# Checkpoints of all working trees. What was found is told as JSON, together with every checkpoint that there is: the host
# keeps its list by that, so a crash between the two of them costs nothing.
package AnyonRun::Checkpoint;
use strict;
require 'take.pm';
require 'json.pm';

sub SECONDS ()      { 600 }
sub LOCK_SECONDS () { 30 }

# 0, whatever the single trees say; 1 when nothing could be done at all (the reason on stderr).
sub checkpoint {
    my ($cause) = @_;
    if ( $cause !~ /\A[a-z]{1,20}\z/ ) { print STDERR "anyon-run: the cause is one word\n"; return 64 }
    return carefully( sub { say_all( take_all($cause) ) } );
}

# Does $work within the time and under the lock; says why not.
sub carefully {
    my ($work) = @_;
    open STDIN, '<', '/dev/null';
    my $done = eval {
        AnyonRun::Git::within_time( SECONDS, sub { AnyonRun::Shadow::lock(LOCK_SECONDS); $work->() } );
        1;
    };
    print STDERR "anyon-run: $@" if !$done;
    return $done ? 0 : 1;
}

# One record per tree: { name, tree (as Trees::named), outcome, … as Take::take } or { name, outcome: failed, reason }.
sub take_all {
    my ($cause) = @_;
    return map { take_one( $_, $cause ) } AnyonRun::Trees::names();
}

sub take_one {
    my ( $name, $cause ) = @_;
    my $where;
    my $taken = eval { $where = AnyonRun::Trees::named($name); AnyonRun::Take::take( $where, $cause ) };
    die $@ if !$taken && $@ =~ /took longer/;
    return { name => $name, where => $where, %$taken } if $taken;
    print STDERR "anyon-run: $name: $@";
    return { name => $name, where => $where, outcome => 'failed', reason => $@ =~ s/\n\z//r };
}

sub say_all {
    my (@trees) = @_;
    AnyonRun::Exchange::write_all( \*STDOUT, sprintf qq({"trees":[%s],%s}\n), join( ',', map { tree_json($_) } @trees ), refs_json(@trees) );
    return;
}

sub tree_json {
    my ($tree) = @_;
    return sprintf '{"name":%s,"outcome":"%s","commit":%s,"skipped":%d,"reason":%s}',
        AnyonRun::Json::quote( $tree->{name} ), $tree->{outcome}, AnyonRun::Json::text( $tree->{commit} ), $tree->{skipped} // 0, AnyonRun::Json::text( $tree->{reason} );
}

# Every checkpoint of every repository that could be read. `complete` is false when some of it could not be told.
sub refs_json {
    my (@trees) = @_;
    my ( %seen, @refs );
    my $complete = !grep { !$_->{where} } @trees;
    for my $where ( grep { $_ && !$seen{ $_->{common} }++ } map { $_->{where} } @trees ) {
        push @refs, AnyonRun::CheckpointRefs::list( $where, 'refs/anyon/checkpoints' );
    }
    if ( @refs > AnyonRun::CheckpointRefs::LISTED() ) { splice @refs, AnyonRun::CheckpointRefs::LISTED(); $complete = 0 }
    return sprintf '"checkpoints":[%s],"complete":%s', join( ',', map { ref_json($_) } @refs ), $complete ? 'true' : 'false';
}

sub ref_json {
    my ($checkpoint) = @_;
    my ( $name, $id ) = $checkpoint->{ref} =~ m{\Arefs/anyon/checkpoints/(.+)/([^/]+)\z};
    return sprintf '{"id":%s,"name":%s,"ref":%s,"commit":"%s","cause":%s,"files":%d,"at":%d}',
        AnyonRun::Json::quote($id), AnyonRun::Json::quote( AnyonRun::Trees::from_ref($name) ), AnyonRun::Json::quote( $checkpoint->{ref} ), $checkpoint->{commit},
        AnyonRun::Json::quote( $checkpoint->{cause} // '' ), ( $checkpoint->{files} // '' ) =~ /\A\d+\z/ ? $checkpoint->{files} : 0, $checkpoint->{at};
}

1;
