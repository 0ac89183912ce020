# A private git directory for one working tree, through which its files are read and written byte for byte: the repository's
# own settings are never read (no filter, no line-end conversion, no hook, no monitor can take part), and its index is never
# touched. Objects go into the repository itself, in one step when all of them are there.
package AnyonRun::Shadow;
use strict;
BEGIN { require 'linux.pm' }
require 'exchange.pm';
require 'git.pm';

sub FOLDER () { '/workspace/.anyon/checkpoints' }

my $settings = <<'END';
[core]
	repositoryformatversion = %d
	bare = false
	filemode = true
	symlinks = true
	ignorecase = false
	autocrlf = false
	protectNTFS = false
	protectHFS = false
	excludesFile = /dev/null
	attributesFile = /dev/null
	logAllRefUpdates = false
	compression = 1
	bigFileThreshold = 64m
[extensions]
%s[index]
	version = 4
END

# Has the highest rank of all attributes, so nothing that a repository says about contents counts.
my $attributes = "* -text !eol -ident -filter !working-tree-encoding\n";

my %ours = map { $_ => 1 } qw(HEAD config index info line-ends links objects refs unfinished);

our $lock;

# One command at a time works on checkpoints of this workspace. The lock goes with the process.
sub lock {
    my ($seconds) = @_;
    make_folder(FOLDER);
    sysopen( $lock, FOLDER . '/lock', Linux::o_rdwr | Linux::o_creat | Linux::o_nofollow | Linux::o_nonblock, 0600 ) or die "no lock for checkpoints: $!\n";
    my ( $LOCK_EX, $LOCK_NB ) = ( 2, 4 );
    for ( 1 .. $seconds * 20 ) {
        return if flock $lock, $LOCK_EX | $LOCK_NB;
        select undef, undef, undef, 0.05;
    }
    die "another checkpoint of this workspace does not come to its end\n";
}

# Makes the private directory of $tree and what git must be told to use it.
sub prepare {
    my ($tree) = @_;
    my $directory = FOLDER . '/trees/' . AnyonRun::Trees::as_ref( $tree->{private} );
    make_folder("$directory/$_") for qw(objects refs info);
    unlink map { "$directory/$_" } grep { !$ours{$_} } entries($directory);    # `commondir`, for one, would bring in settings from elsewhere
    my $sha256 = $tree->{format} ne 'sha1';
    write_file( "$directory/HEAD", "ref: refs/heads/none\n" );
    write_file( "$directory/config", sprintf $settings, $sha256, $sha256 ? "\tobjectFormat = $tree->{format}\n" : '' );
    write_file( "$directory/info/attributes", $attributes );
    write_file( "$directory/info/exclude", AnyonRun::Exchange::slurp( "$tree->{common}/info/exclude", 1024 * 1024 ) // '' );
    $tree->{shadow} = $directory;
    $tree->{incoming} = "$tree->{objects}/tmp_objdir-anyon-" . AnyonRun::Trees::as_ref( $tree->{private} =~ tr{/}{-}r );
    start_anew($tree) if -e "$directory/unfinished";
    return $tree;
}

# What an earlier command was killed over: its index may name objects that went with it.
sub start_anew {
    my ($tree) = @_;
    unlink "$tree->{shadow}/index";
    remove_folder( $tree->{incoming} );
    unlink "$tree->{shadow}/unfinished";
    return;
}

# Does $work with git looking at the tree through its private directory. `incoming`: new objects are kept apart.
sub inside {
    my ( $tree, $work, %options ) = @_;
    local %ENV = ( plain_environment(), environment( $tree, %options ) );
    return $work->();
}

# Does $work with git looking at repositories as everybody does.
sub outside {
    my ($work) = @_;
    local %ENV = plain_environment();
    return $work->();
}

sub plain_environment { return map { $_ => $ENV{$_} } grep { !/\AGIT_/ } keys %ENV }

sub environment {
    my ( $tree, %options ) = @_;
    return (
        GIT_DIR                => $tree->{shadow},
        GIT_WORK_TREE          => $tree->{directory},
        GIT_CONFIG_GLOBAL      => '/dev/null',
        GIT_CONFIG_SYSTEM      => '/dev/null',
        GIT_ATTR_NOSYSTEM      => 1,
        GIT_NO_REPLACE_OBJECTS => 1,
        GIT_AUTHOR_NAME        => 'Anyon',
        GIT_AUTHOR_EMAIL       => 'anyon@localhost',
        GIT_COMMITTER_NAME     => 'Anyon',
        GIT_COMMITTER_EMAIL    => 'anyon@localhost',
        $options{incoming}
        ? ( GIT_OBJECT_DIRECTORY => $tree->{incoming}, GIT_ALTERNATE_OBJECT_DIRECTORIES => quoted( $tree->{objects} ) )
        : ( GIT_OBJECT_DIRECTORY => $tree->{objects} ),
    );
}

# git separates the names in that list by colons.
sub quoted { my ($path) = @_; $path =~ s/(["\\])/\\$1/g; return qq("$path") }

# New objects of $work become part of the repository when it is done; if it is not, no byte of them stays.
sub gather {
    my ( $tree, $work ) = @_;
    write_file( "$tree->{shadow}/unfinished", '' );
    make_folder( $tree->{incoming} );
    my @result = eval { inside( $tree, $work, incoming => 1 ) };
    if ( my $error = $@ ) { start_anew($tree); die $error }
    move_objects( $tree->{incoming}, $tree->{objects} );
    remove_folder( $tree->{incoming} );
    unlink "$tree->{shadow}/unfinished";
    return @result;
}

# An index file (.idx) is what makes git see a pack, so it comes last.
sub move_objects {
    my ( $from, $to ) = @_;
    for my $folder ( entries($from) ) {
        make_folder("$to/$folder");
        for my $name ( sort { ( $a =~ /\.idx\z/ ) <=> ( $b =~ /\.idx\z/ ) } entries("$from/$folder") ) {
            next if -e "$to/$folder/$name";
            rename( "$from/$folder/$name", "$to/$folder/$name" ) or die "an object cannot be moved into the repository: $!\n";
        }
    }
    return;
}

sub entries {
    my ($folder) = @_;
    opendir( my $directory, $folder ) or return;
    return grep { $_ ne '.' && $_ ne '..' } readdir $directory;
}

sub make_folder {
    my ($path) = @_;
    return if -d $path;
    my ($parent) = $path =~ m{\A(.+)/[^/]+\z}s;
    make_folder($parent) if defined $parent;
    mkdir( $path, 0700 ) || -d $path or die "the folder $path cannot be made: $!\n";
    return;
}

# Two levels are all that there is.
sub remove_folder {
    my ($path) = @_;
    for my $entry ( entries($path) ) {
        unlink map { "$path/$entry/$_" } entries("$path/$entry");
        rmdir "$path/$entry" or unlink "$path/$entry";
    }
    rmdir $path;
    return;
}

sub write_file {
    my ( $path, $bytes ) = @_;
    unlink $path;    # never through a link that stands in its place
    sysopen( my $handle, $path, Linux::o_wronly | Linux::o_creat | Linux::o_excl | Linux::o_nofollow, 0600 ) or die "$path cannot be written: $!\n";
    AnyonRun::Exchange::write_all( $handle, $bytes );
    return;
}

1;
