package AnyonRun::Diff;
use strict;
require 'record.pm';
require 'spec.pm';
require 'snapshot.pm';

# Prints the diff as it is now against the beginning of the `run` or of the `conversation`: a line of JSON about its files, then the
# patch. 0 printed, 1 it cannot be made (the reason on stderr), 2 never started.
sub diff {
    my ( $id, $against ) = @_;
    AnyonRun::Exchange::enter($id);
    if ( $against !~ /\A(?:run|conversation)\z/ ) { print STDERR "anyon-run: against the run or the conversation\n"; return 64 }
    return 2 if !-d 'claim';
    my $printed = eval {
        my ( $patch, $json );
        AnyonRun::Git::within_time( AnyonRun::Snapshot::SECONDS(), sub { ( $patch, $json ) = AnyonRun::Snapshot::current( AnyonRun::Spec::read_again(), $against ) } );
        AnyonRun::Exchange::write_all( \*STDOUT, $json . $patch );
        1;
    };
    print STDERR "anyon-run: $@" if !$printed;
    return $printed ? 0 : 1;
}

1;
