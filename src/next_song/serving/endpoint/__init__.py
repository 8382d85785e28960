"""SageMaker endpoints: deploy and update, ask, list and delete.

Everything that knows SageMaker is here. Importing this imports nothing of AWS.
"""
