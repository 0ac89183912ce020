#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
package Linux;

sub o_rdonly ()   { O_RDONLY }
sub o_wronly ()   { O_WRONLY }
sub o_rdwr ()     { O_RDWR }
sub o_creat ()    { O_CREAT }
sub o_excl ()     { O_EXCL }
sub o_append ()   { O_APPEND }
sub o_nofollow () { O_NOFOLLOW }
sub o_nonblock () { O_NONBLOCK }
sub f_setfd ()    { F_SETFD }
sub f_setfl ()    { F_SETFL }
sub f_getpipe_sz () { F_GETPIPE_SZ }
sub f_setpipe_sz () { F_SETPIPE_SZ }
sub fionread ()   { FIONREAD }
sub mknodat ()    { SYS_mknodat }
sub prctl ()      { SYS_prctl }

1;
