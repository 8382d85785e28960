"""AWS on one machine, over real HTTP on loopback, to rehearse and test a project.

S3 is a real server (SeaweedFS). Batch jobs, and the model servers behind SageMaker
endpoints, are real processes. Step Functions executes. The control planes are moto's;
each gap of moto that this package closes sits in a class or function of its own whose
docstring begins with "Gap:". Production code never imports this package.
"""
