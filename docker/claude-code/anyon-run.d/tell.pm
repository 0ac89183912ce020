# Hands one line to a command that runs: an answer, a further message. The line comes in a file beside the command's own directory and
# not as an argument, because everybody in the container can read arguments.
package AnyonRun::Tell;
use strict;
BEGIN { require 'linux.pm' }
require 'record.pm';
require 'fifo.pm';

sub LIMIT ()   { 1024 * 1024 }
sub SECONDS () { 5 }

# 0 delivered, 1 nobody listens (not yet, or not any more), 65 no such message, 75 it did not get through within the time: try again.
sub tell {
    my ( $id, $file ) = @_;
    AnyonRun::Exchange::enter($id);
    if ( $file !~ /\A\Q$id\E\.tell-[0-9a-f]{1,64}\z/ ) { print STDERR "anyon-run: this is not a message for $id\n"; return 64 }
    my $path = AnyonRun::Exchange::ROOT() . "/$file";
    my $line = AnyonRun::Exchange::slurp( $path, LIMIT + 1 );
    unlink $path;
    if ( !defined $line || length $line > LIMIT || $line !~ /\A[^\n]+\n\z/ ) { print STDERR "anyon-run: there is no message of one line in $file\n"; return 65 }
    return 1 if !listens();
    my $outcome = AnyonRun::Fifo::say_line( $line, SECONDS );
    return 1 if $outcome eq 'deaf' || !listens();    # the wrapper holds the FIFO a moment longer than the command lives
    return 0 if $outcome eq 'said';
    print STDERR "anyon-run: the command does not read what it is told\n";
    return 75;
}

# One that is being stopped hears nothing more.
sub listens { return !-e 'stop' && AnyonRun::Record::process_lives('pid') }

1;
