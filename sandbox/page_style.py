"""How the page looks."""

STYLE = """
:root { color-scheme: light dark; --page: #f3f5f4; --card: #fff; --ink: #1c2624; --soft: #66736f;
  --line: #e0e6e3; --accent: #0f6b57; --bubble: #eaf3f0; }
@media (prefers-color-scheme: dark) { :root { --page: #121816; --card: #1b2421; --ink: #e6eeeb;
  --soft: #93a39d; --line: #2b3733; --accent: #0d5847; --bubble: #22302c; } }
* { box-sizing: border-box; margin: 0; }
body { background: var(--page); color: var(--ink); font: 15px/1.45 system-ui, sans-serif; }
header { background: var(--accent); color: #fff; padding: 20px 24px; }
header h1 { font-size: 22px; }
header p { opacity: .85; }
[lang=en] { font-size: .8em; font-weight: 400; opacity: .7; margin-left: .35em; }
.faults { background: #fbe3d6; color: #7c2d0c; padding: 10px 24px; font-weight: 600; }
main { display: grid; gap: 20px; padding: 20px 24px; align-items: start;
  grid-template-columns: repeat(auto-fit, minmax(min(300px, 100%), 1fr)); }
section { margin-bottom: 20px; }
h2 { font-size: 17px; margin-bottom: 10px; display: flex; align-items: baseline; }
.count { margin-left: auto; font-size: 14px; color: var(--soft); font-variant-numeric: tabular-nums; }
article { background: var(--card); border: 1px solid var(--line); border-radius: 10px;
  padding: 12px 14px; margin-bottom: 10px; overflow-wrap: anywhere; }
.head { display: flex; flex-wrap: wrap; gap: 4px 8px; align-items: center; margin-bottom: 4px; }
time { margin-left: auto; color: var(--soft); font-size: 12px; font-variant-numeric: tabular-nums; }
article p { display: flex; gap: 8px; font-size: 14px; }
article i { color: var(--soft); font-style: normal; font-size: 13px; line-height: 20px;
  flex: 0 0 96px; overflow-wrap: normal; }
article p span { white-space: pre-line; }
.mono { font: 12px/1.7 ui-monospace, monospace; }
.bubble { background: var(--bubble); border-radius: 8px; padding: 8px 10px; margin: 4px 0;
  white-space: pre-line; }
.pill { border-radius: 99px; padding: 1px 9px; font-size: 12px; font-weight: 600;
  background: #e3e8e6; color: #37423f; }
.pill.new { background: #d8e8fb; color: #12477f; }
.pill.approval, .pill.assembling { background: #fdeecb; color: #6d4a00; }
.pill.delivery { background: #e6e0fa; color: #44308a; }
.pill.complete { background: #d5f0df; color: #13562f; }
.pill.cancel { background: #f8dcdc; color: #7d1f1f; }
.empty { color: var(--soft); padding: 14px; border: 1px dashed var(--line); border-radius: 10px; }
@media (max-width: 600px) { header, main, .faults { padding-left: 14px; padding-right: 14px; } }
"""
