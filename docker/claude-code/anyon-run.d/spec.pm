# spec.json: read once and checked; the credential is read with it.
package AnyonRun::Spec;
use strict;
require 'exchange.pm';
require 'json.pm';

sub LIMIT () { 16 * 1024 * 1024 }

# As below, for somebody who comes later: the credential is none of their business, and its file may be gone.
sub read_again { return parse() }

# The spec, or a sentence as exception. The bytes of the credential are in {credential}{value}. Its file lies in a place that this
# container can only read; the host removes it as soon as the command runs.
sub read {
    my $spec = parse();
    take_credential( $spec->{credential} ) if $spec->{credential};
    return $spec;
}

sub parse {
    my $text = AnyonRun::Exchange::slurp( 'spec.json', LIMIT ) // die "spec.json cannot be read: $!\n";
    my $spec = AnyonRun::Json::decode($text);
    ref $spec eq 'HASH' or die "spec.json is not an object\n";
    ( $spec->{version} // '' ) eq '1' or die "spec.json has a version that this image does not know: rebuild the image\n";
    ref $spec->{argv} eq 'ARRAY' && @{ $spec->{argv} } or die "spec.json names no command\n";
    die "spec.json: argv holds something else than text\n" if grep { !defined || ref || /\0/ } @{ $spec->{argv} };
    ref( $spec->{env} //= {} ) eq 'HASH' or die "spec.json: env is not an object\n";
    $spec->{cwd} =~ m{\A/} or die "spec.json: cwd is not an absolute path\n";
    plain_name( $spec->{input} ) if defined $spec->{input};
    return $spec;
}

sub plain_name {
    my ($name) = @_;
    $name =~ /\A[A-Za-z0-9][A-Za-z0-9._-]*\z/ or die "spec.json: not a plain file name\n";
    return $name;
}

sub take_credential {
    my ($credential) = @_;
    my $path = $credential->{path} // '';
    $path =~ m{\A/anyon/secrets/[A-Za-z0-9][A-Za-z0-9-]{0,63}/[a-z][a-z-]*\z} or die "spec.json: the credential is not among the secrets\n";
    ( $credential->{variable} // '' ) =~ /\A[A-Z][A-Z0-9_]*\z/ or die "spec.json: the credential names no variable\n";
    $credential->{value} = AnyonRun::Exchange::slurp( $path, 16 * 1024 );
    defined $credential->{value} or die "the credential cannot be read: $!\n";
    length $credential->{value} or die "the credential is empty\n";
    return;
}

1;
