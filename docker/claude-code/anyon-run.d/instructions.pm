# The repository's own instructions (CLAUDE.md), handed over as an argument: the CLI runs with --setting-sources user so that a
# repository cannot bring settings or hooks along, and then it does not read this file either.
package AnyonRun::Instructions;
use strict;
BEGIN { require 'linux.pm' }
require 'exchange.pm';

sub LONGEST_ARGUMENT () { 120 * 1024 }    # the kernel's limit for one is 128 KiB

# (flag, text), or nothing when the current directory has no such file. A link is followed as long as it stays in the directory.
sub arguments {
    my ($spec) = @_;
    my $name = $spec->{file} // '';
    return if $name eq '' || $name =~ m{\A/|(?:\A|/)\.\.(?:/|\z)|\0};
    sysopen( my $handle, $name, Linux::o_rdonly | Linux::o_nonblock ) or return;
    return if !-f $handle;
    my $directory = readlink '/proc/self/cwd';
    return if index( readlink( '/proc/self/fd/' . fileno $handle ), "$directory/" ) != 0;

    my $limit = $spec->{maxBytes} // LONGEST_ARGUMENT;
    $limit = LONGEST_ARGUMENT if $limit > LONGEST_ARGUMENT;
    my $text = AnyonRun::Exchange::read_all( $handle, $limit );
    $text =~ tr/\0//d;
    $text =~ s/[\xc0-\xff][\x80-\xbf]{0,2}\z// if length $text == $limit;    # not half a character at the cut
    return $text =~ /\S/ ? ( $spec->{flag}, $text ) : ();
}

1;
