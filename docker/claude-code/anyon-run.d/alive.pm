package AnyonRun::Alive;
use strict;
require 'record.pm';

# 0: the command lives, or the wrapper is still preparing or finishing. 1: over (exit.json tells how, or it was lost). 2: never started.
sub alive {
    my ($id) = @_;
    AnyonRun::Exchange::enter($id);
    return 2 if !-d 'claim';
    return 1 if -e 'exit.json';
    return 0 if AnyonRun::Record::process_lives('wrapper') || AnyonRun::Record::process_lives('pid');
    return just_claimed() ? 0 : 1;
}

# Between the claim and the wrapper's record lie a few milliseconds in which there is nothing to ask.
sub just_claimed { return !-e 'wrapper' && time - ( ( lstat 'claim' )[9] // 0 ) < 5 }

1;
