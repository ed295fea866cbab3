// The console's behaviour. Every page works without it; this removes reloads and adds comfort.
import htmx from "htmx.org";
import { startCopying } from "./copy.js";
import { startDialogs } from "./dialogs.js";
import { startDrops } from "./drops.js";
import { startKeyboard } from "./keyboard.js";
import { startLive } from "./live.js";
import { startMenus } from "./menus.js";
import { startPreferences } from "./preferences.js";
import { startSelections } from "./selections.js";
import { startTimes } from "./times.js";
import { startToasts } from "./toasts.js";
import { startTrees } from "./trees.js";

document.documentElement.classList.add("js");
window.htmx = htmx;

startCopying();
startDialogs();
startDrops();
startKeyboard();
startLive();
startMenus();
startPreferences();
startSelections();
startTimes();
startToasts();
startTrees();
