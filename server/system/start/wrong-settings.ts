import type { SystemCheck } from '@/contract/system-status';
import { trustedProxies } from '@/server/client-address';
import { findDockerAddress } from '@/server/containers/docker-address';
import { env, parseEnv, type WrongSetting } from '@/server/env';
import { describeError } from '@/server/errors';
import { privateDestinationsOfEnvironment } from '@/server/outbound/environment-destinations';
import { failed, inOrder } from '@/server/system/check';

/** Every setting that is not as it should be, each with what to do; one line when all are. `wrong` are those that the parser has found. */
export function checkSettings(wrong: readonly WrongSetting[]): SystemCheck[] {
  const checks = [...wrong.map(inWords), ...judgedElsewhere()];
  return checks.length > 0 ? checks : [inOrder('Settings', `Mode ${env().ANYON_DEPLOYMENT_MODE}; people open Anyon at ${env().publicUrl}`)];
}

function inWords({ variable, message }: WrongSetting): SystemCheck {
  return failed(variable, `${variable} ${message}.`, `Correct ${variable} where it is set, or take it out${usual(variable)}.`);
}

function usual(variable: string): string {
  const value = (parseEnv({}) as unknown as Record<string, unknown>)[variable];
  return (typeof value === 'string' && value !== '') || typeof value === 'number' ? `; then it is ${value}` : '';
}

/** Those whose meaning the part that uses them knows. */
function judgedElsewhere(): SystemCheck[] {
  const parsers: Record<string, () => unknown> = {
    ANYON_TRUSTED_PROXY: () => trustedProxies(env().ANYON_TRUSTED_PROXY),
    ANYON_EGRESS_PRIVATE: privateDestinationsOfEnvironment,
    DOCKER_HOST: () => findDockerAddress(env().DOCKER_HOST),
  };
  return Object.entries(parsers).flatMap(([variable, parse]) => {
    try {
      parse();
      return [];
    } catch (error) {
      return [failed(variable, describeError(error), `Correct ${variable} where it is set, or take it out.`)];
    }
  });
}
