// fetch() that gives up; AbortSignal.timeout is younger than many phones.
export async function ask(address, options, patience) {
  const control = new AbortController();
  const timer = setTimeout(() => control.abort(), patience);
  try {
    return await fetch(address, { ...options, signal: control.signal });
  } finally {
    clearTimeout(timer);
  }
}
