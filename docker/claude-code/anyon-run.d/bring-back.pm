# Makes the repositories of a removed workspace again, from the bundles that `keep` made: every ref, the working trees with
# their files byte for byte, what was staged, the stashes.
package AnyonRun::BringBack;
use strict;
require 'restore.pm';
require 'spec.pm';

# Reads kept.json: { repositories: [{ name, bundle, format, url, trees }] }, as `keep` printed it and with the address of each.
sub bring_back {
    my ($id) = @_;
    my $folder = AnyonRun::Exchange::enter($id);
    return AnyonRun::Checkpoint::carefully(
        sub {
            my $kept = AnyonRun::Json::decode( AnyonRun::Exchange::slurp( 'kept.json', 16 * 1024 * 1024 ) // die "kept.json cannot be read: $!\n" );
            my @where = map { repository( $folder, $_ ) } @{ $kept->{repositories} };
            my $json = AnyonRun::Checkpoint::refs_json( map { { where => $_ } } @where );
            AnyonRun::Exchange::write_all( \*STDOUT, "{$json}\n" );
        }
    );
}

# A half-made one of an earlier try goes first.
sub repository {
    my ( $folder, $kept ) = @_;
    my @names = map { $_->{name} } $kept, @{ $kept->{trees} };
    AnyonRun::Trees::is_name($_) or die "kept.json names a tree that cannot be\n" for @names;
    my $directory = AnyonRun::Trees::ROOT() . "/$kept->{name}";
    system( 'rm', '-rf', '--', map { ( AnyonRun::Trees::ROOT() . "/$_", private( $_ ) ) } @names );
    AnyonRun::Shadow::make_folder($directory);
    AnyonRun::Git::ask( $directory, 'init', '--quiet', "--object-format=$kept->{format}" );
    if ( defined $kept->{bundle} ) {
        my $bundle = "$folder/" . AnyonRun::Spec::plain_name( $kept->{bundle} );
        # Not the default branch of the remote: in a bundle it is no pointer to a branch any more.
        AnyonRun::Git::ask( $directory, 'fetch', '--quiet', '--update-head-ok', $bundle, '+refs/*:refs/*', '^refs/remotes/origin/HEAD' );
    }
    remember_remote( $directory, $kept->{url} ) if defined $kept->{url};
    my ($first) = grep { $_->{name} eq $kept->{name} } @{ $kept->{trees} };
    check_out( $directory, $first );
    my $where = AnyonRun::Trees::named( $kept->{name} );
    for my $tree ( grep { $_ != $first } @{ $kept->{trees} } ) {
        next if !$tree->{head};
        AnyonRun::Restore::add_worktree( $where, AnyonRun::Trees::ROOT() . "/$tree->{name}", $tree->{head}, $tree->{branch} );
    }
    files($_) for @{ $kept->{trees} };
    stashes($directory);
    forget( $directory, 'refs/anyon/heads/' );
    return $where;
}

sub private { return AnyonRun::Shadow::FOLDER() . '/trees/' . AnyonRun::Trees::as_ref( $_[0] ) }

sub remember_remote {
    my ( $directory, $url ) = @_;
    AnyonRun::Git::ask( $directory, 'remote', 'add', '--', 'origin', $url );
    AnyonRun::Git::each_record(
        $directory,
        sub {
            my ($branch) = $_[0] =~ m{\A\n?refs/heads/(.+)\z}s or return;
            my ($status) = AnyonRun::Git::run( $directory, 256, 'rev-parse', '--verify', '--quiet', "refs/remotes/origin/$branch" );
            return if $status != 0;
            AnyonRun::Git::ask( $directory, 'config', "branch.$branch.remote", 'origin' );
            AnyonRun::Git::ask( $directory, 'config', "branch.$branch.merge", "refs/heads/$branch" );
        },
        'for-each-ref', '--format=%(refname)%00', '--count=500', 'refs/heads/'
    );
    return;
}

sub check_out {
    my ( $directory, $tree ) = @_;
    if ( defined $tree->{branch} ) { AnyonRun::Git::ask( $directory, 'symbolic-ref', 'HEAD', "refs/heads/$tree->{branch}" ) }
    elsif ( $tree->{head} )        { AnyonRun::Git::ask( $directory, 'update-ref', '--no-deref', 'HEAD', $tree->{head} ) }
    return;
}

# The files as they were, and an index that says what was staged.
sub files {
    my ($kept) = @_;
    return if !AnyonRun::Trees::is_there( AnyonRun::Trees::ROOT() . "/$kept->{name}/.git" );
    my $tree = AnyonRun::Trees::named( $kept->{name} );
    my $index = $kept->{staged} // ( $kept->{head} ? "$kept->{head}^{tree}" : undef );
    AnyonRun::Git::ask( $tree->{directory}, 'read-tree', $index ) if $index;
    return if !$kept->{commit};
    AnyonRun::Shadow::prepare($tree);
    my ($now) = AnyonRun::RawTree::record( $tree, [] );
    AnyonRun::Restore::switch( $tree, $now, AnyonRun::Git::ask( $tree->{directory}, 'rev-parse', '--verify', "$kept->{commit}^{tree}" ) );
    AnyonRun::Git::run( $tree->{directory}, 65536, 'update-index', '-q', '--refresh' );
    return;
}

# git keeps all but the newest in a log, which bundles do not hold.
sub stashes {
    my ($directory) = @_;
    my @stashes;
    my $take = sub { push @stashes, $1 if $_[0] =~ /\A\n?([0-9a-f]{40,64})\z/ };
    AnyonRun::Git::each_record( $directory, $take, 'for-each-ref', '--format=%(objectname)%00', '--sort=-refname', 'refs/anyon/stash/' );
    return if !@stashes;
    AnyonRun::Git::ask( $directory, 'update-ref', '-d', 'refs/stash' );
    for my $stash (@stashes) {
        my $message = AnyonRun::Git::ask( $directory, 'log', '-1', '--no-show-signature', '--format=%s', $stash );
        AnyonRun::Git::ask( $directory, 'stash', 'store', '--quiet', "--message=$message", $stash );
    }
    forget( $directory, 'refs/anyon/stash/' );
    return;
}

sub forget {
    my ( $directory, $prefix ) = @_;
    my @refs;
    AnyonRun::Git::each_record( $directory, sub { push @refs, $1 if $_[0] =~ /\A\n?(refs.+)\z/s }, 'for-each-ref', '--format=%(refname)%00', $prefix );
    AnyonRun::Git::run( $directory, 65536, 'update-ref', '-d', $_ ) for @refs;
    return;
}

1;
