from kedro.framework.hooks import hook_impl
class ProjectHooks:
    pass
