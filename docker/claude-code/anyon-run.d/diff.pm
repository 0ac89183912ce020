package AnyonRun::Diff;
use strict;
require 'record.pm';
require 'spec.pm';
require 'snapshot.pm';

# Prints the patch as it is now. 0 printed, 1 it cannot be made (the reason on stderr), 2 never started.
sub diff {
    my ($id) = @_;
    AnyonRun::Exchange::enter($id);
    return 2 if !-d 'claim';
    my $printed = eval {
        my ($patch) = AnyonRun::Snapshot::current_patch( AnyonRun::Spec::read_again() );
        AnyonRun::Exchange::write_all( \*STDOUT, $patch );
        1;
    };
    print STDERR "anyon-run: $@" if !$printed;
    return $printed ? 0 : 1;
}

1;
