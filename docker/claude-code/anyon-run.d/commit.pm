# A commit of all that is in a working tree, for a person.
package AnyonRun::Commit;
use strict;
require 'checkpoint.pm';
require 'publish-state.pm';

# Reads commit.json { tree, message, name, email } of the exchange directory; prints { outcome: done | nothing | unmerged, head }.
sub commit {
    my ($id) = @_;
    my $path = AnyonRun::Exchange::enter($id);
    return AnyonRun::Checkpoint::carefully(
        sub {
            my $asked = request('commit.json');
            my $tree = AnyonRun::Trees::named( $asked->{tree} );
            my $outcome = as_person( $asked, sub { commit_all( $tree, $asked->{message}, "$path/message" ) } );
            AnyonRun::Exchange::write_all( \*STDOUT, sprintf qq({"outcome":"%s","head":%s}\n), $outcome, AnyonRun::Json::text( AnyonRun::Trees::head($tree) ) );
        }
    );
}

# A request as the host wrote it.
sub request {
    my ($name) = @_;
    my $asked = AnyonRun::Json::decode( AnyonRun::Exchange::slurp( $name, 1024 * 1024 ) // die "$name cannot be read: $!\n" );
    ref $asked eq 'HASH' && AnyonRun::Trees::is_name( $asked->{tree} // '' ) or die "$name names no working tree\n";
    return $asked;
}

# Does $work with the person as author and committer, whatever the repository's settings say; nobody is asked for anything.
sub as_person {
    my ( $asked, $work ) = @_;
    local @ENV{qw(GIT_AUTHOR_NAME GIT_COMMITTER_NAME)}   = ( $asked->{name} ) x 2;
    local @ENV{qw(GIT_AUTHOR_EMAIL GIT_COMMITTER_EMAIL)} = ( $asked->{email} ) x 2;
    local @ENV{qw(GIT_EDITOR GIT_SEQUENCE_EDITOR)}       = ('true') x 2;
    return $work->();
}

sub commit_all {
    my ( $tree, $message, $file ) = @_;
    my $directory = $tree->{directory};
    return 'unmerged' if AnyonRun::PublishState::unmerged($tree);
    AnyonRun::Git::ask( $directory, 'add', '--all', '--', ':/' );
    my ($status) = AnyonRun::Git::run( $directory, 65536, 'diff', '--cached', '--quiet', '--no-ext-diff', '--no-textconv' );
    return 'nothing' if $status == 0;
    AnyonRun::Exchange::publish( 'message', $message );
    AnyonRun::Git::feed( $directory, $file, 'commit', '--quiet', '--no-verify', '--no-gpg-sign', '--no-status', '--cleanup=whitespace', '--file=-' );
    return 'done';
}

1;
