// Runs before the first paint, so that a dark page never begins white. What happens afterwards is in account/theme.ts.
{
  const kept = localStorage.getItem('sheaf-demo-theme')
  const system = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'
  document.documentElement.dataset.sheafTheme = kept === 'light' || kept === 'dark' ? kept : system
}
