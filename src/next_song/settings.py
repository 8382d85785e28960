"""Kedro's project settings: https://docs.kedro.org/en/stable/configure/configuration_basics/."""

from next_song.hooks import ProjectHooks

HOOKS = (ProjectHooks(),)

CONFIG_LOADER_ARGS = {
    "base_env": "base",
    "default_run_env": "local",
    # an environment names only the values it changes, however deep they stand
    "merge_strategy": {"parameters": "soft"},
}
