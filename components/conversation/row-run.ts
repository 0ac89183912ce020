'use client';

import { createContext } from 'react';

/** The run whose log is beside the conversation; items of other runs cannot be shown in it. */
export const LoggedRun = createContext<string | null>(null);

/** The run that a row belongs to: places in the log are told apart within their run only. */
export const RowRun = createContext<string | null>(null);
