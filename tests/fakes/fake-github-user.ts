/** A person on the fake GitHub. */
export interface FakeGitHubUser {
  id: number;
  login: string;
  name: string | null;
  email: string | null;
  avatar_url: string;
}
