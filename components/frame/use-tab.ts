'use client';

import { usePathname, useSearchParams } from 'next/navigation';

/** Which tab is open, kept in the address (`?tab=`), so that a link, a reload and the Back button lead to it. The first one has no parameter. */
export function useTab<Value extends string>(values: readonly [Value, ...Value[]]): [Value, (value: Value) => void] {
  const path = usePathname();
  const asked = useSearchParams().get('tab');
  const tab = values.find((value) => value === asked) ?? values[0];
  const open = (value: Value) => {
    if (value !== tab) window.history.pushState(null, '', value === values[0] ? path : `${path}?tab=${value}`);
  };
  return [tab, open];
}
