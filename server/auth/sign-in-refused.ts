import { CredentialsSignin } from 'next-auth';
import type { SignInErrorCode } from '@/contract/sign-in-error';

/** A refused sign-in by a token; `code` is what the page shows a sentence for. */
export class SignInRefused extends CredentialsSignin {
  constructor(code: SignInErrorCode) {
    super(`The sign-in was refused: ${code}`);
    this.code = code;
  }
}
