# spec.json: read once, checked, and the credential taken out of sight.
package AnyonRun::Spec;
use strict;
require 'exchange.pm';
require 'json.pm';

sub LIMIT () { 16 * 1024 * 1024 }

# As below, for somebody who comes later: the credential is none of their business.
sub read_again { return parse() }

# The spec, or a sentence as exception. The credential file is gone afterwards, whatever happens later; its bytes are in
# {credential}{value}.
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
    my $name = plain_name( $credential->{file} );
    ( $credential->{variable} // '' ) =~ /\A[A-Z][A-Z0-9_]*\z/ or die "spec.json: the credential names no variable\n";
    $credential->{value} = AnyonRun::Exchange::slurp( $name, 16 * 1024 );
    my $reason = $!;
    unlink $name;
    defined $credential->{value} or die "the credential cannot be read: $reason\n";
    return;
}

1;
