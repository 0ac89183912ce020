'use client';

import { useEffect, useRef, useState, type RefObject } from 'react';
import { withCtrl } from '@/components/terminals/with-ctrl';

/** A Ctrl that is pressed once and counts for the next key. */
export function useCtrl(): { ctrl: boolean; setCtrl: (ctrl: boolean) => void; beforeType: RefObject<(data: string) => string> } {
  const [ctrl, setCtrl] = useState(false);
  const beforeType = useRef((data: string) => data);
  useEffect(() => {
    beforeType.current = (data) => {
      if (!ctrl) return data;
      setCtrl(false);
      return withCtrl(data);
    };
  }, [ctrl]);
  return { ctrl, setCtrl, beforeType };
}
